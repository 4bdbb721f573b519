"""A process that is started again when it ends."""

import logging
import subprocess
import sys
import threading
from collections.abc import Sequence

PAUSE_SECONDS = 2.0  # before a process is started again
END_SECONDS = 5.0
log = logging.getLogger("serve")


class Supervisor:
    """Keeps a Python module running as a process, until `close`."""

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._closing = threading.Event()
        self._process = subprocess.Popen(self._command)
        self._thread = threading.Thread(target=self._keep, name=module, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The id of the process that runs now."""
        return self._process.pid

    def close(self) -> None:
        """End the process."""
        self._closing.set()
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._thread.join()

    def _keep(self) -> None:
        while True:
            status = self._process.wait()
            if self._closing.wait(PAUSE_SECONDS):
                return
            log.warning("%s ended with status %s; it starts again", self._command[2], status)
            self._process = subprocess.Popen(self._command)
