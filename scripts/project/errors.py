"""Errors caused by the user's input, and how every command reports them."""

import errno
import functools
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import typer
from wasabi import Printer

from .. import end_quietly

INTERRUPTED = 130  # the shell's exit status for a process ended by Ctrl-C


class UserError(Exception):
    """Something in the user's input or machine is wrong, and the user can mend it.

    fact: what is wrong, with the file, the task's id or the value.
    remedy: what to do about it.
    """

    def __init__(self, fact: str, remedy: str) -> None:
        super().__init__(fact)
        self.fact = fact
        self.remedy = remedy

    def __reduce__(self) -> tuple[type["UserError"], tuple[str, str]]:
        """Both parts, so that the error comes whole out of a worker process."""
        return UserError, (self.fact, self.remedy)


def explain_os_error(error: OSError) -> UserError | None:
    """The fact and remedy for a fault of the machine, None if the fault may be ours."""
    name, number = error.filename or "a file", error.errno
    if isinstance(error, shutil.Error):  # of copytree, which lists (source, copy, message)
        _, name, message = error.args[0][0]
        found = re.match(r"\[Errno (\d+)\]", message)
        number = int(found[1]) if found else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return UserError(
            f"No space left on the disk while writing {name}.",
            "Free some space and run the same command again: what was not finished was removed.",
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return UserError(
            f"Permission denied: {name}.", "Make it readable and writable, then run again."
        )
    return None


def check_disk_space(output: str, place: Path) -> None:
    """Raises the OSError of a full disk when another program's output tells of one."""
    if os.strerror(errno.ENOSPC) in output:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))


def fail(error: UserError, status: int = 1) -> NoReturn:
    """Print the fact and the remedy to stderr and end the process."""
    print(Printer(no_print=True, pretty=sys.stderr.isatty()).fail(error.fact), file=sys.stderr)
    print(error.remedy, file=sys.stderr)
    sys.stderr.flush()
    sys.exit(status)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Say so at once, then let everything be cleaned up, which weasel cuts short after 0.25 s."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Not print: it may have been print that was interrupted.
    os.write(2, b"\nInterrupted: nothing half-written is kept.\nRun the same command again.\n")
    raise KeyboardInterrupt


def run(command: Callable[..., None]) -> None:
    """Run a Typer command as the process's main program.

    A `UserError`, a full disk and Ctrl-C end with two lines and a non-zero exit status;
    anything else is a defect of ours and keeps its traceback.
    """

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except UserError as error:
            fail(error)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except OSError as error:
            explained = explain_os_error(error)
            if explained is None:
                raise
            fail(explained)

    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, end_quietly):  # or ignored
        signal.signal(signal.SIGINT, _interrupt)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(guarded)
    app()
