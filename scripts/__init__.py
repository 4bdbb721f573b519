"""Commands of the project (one module a command) and the modules that they share."""

import sys
from types import TracebackType


def _end_quietly(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Report Ctrl-C while a command's own imports still run as `errors.run` does later."""
    if issubclass(kind, KeyboardInterrupt):
        print("Interrupted: nothing was written.\nRun the same command again.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


# Python has not yet put the module's path here when `python -m scripts.NAME` imports the package.
if sys.argv[:1] == ["-m"]:
    sys.excepthook = _end_quietly
