"""Commands of the project (one module a command) and the modules that they share."""

import os
import signal
import sys
from types import FrameType


def end_quietly(_signal: int, _frame: FrameType | None) -> None:
    """End at Ctrl-C while a command's own imports still run; `errors.run` takes over after them.

    No exception: what is being imported may wrap a KeyboardInterrupt (pydantic does) or swallow it.
    """
    os.write(2, b"\nInterrupted: nothing was written.\nRun the same command again.\n")
    os._exit(130)


# Python has not yet put the module's path here when `python -m scripts.NAME` imports the package.
if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, end_quietly)
