"""Processes that tests start, and their end."""

import subprocess

END_SECONDS = 20


def end_process(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, kill it when it does not, and wait for it."""
    process.terminate()
    try:
        process.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
