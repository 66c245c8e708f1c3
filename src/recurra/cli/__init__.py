"""Floor 7: the command `recurra`. Thin: every flag comes from a Config dataclass, every result from a task."""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

__all__ = ["main"]

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code.

    The program takes a second or two to load. Ctrl-C meanwhile ends it at once and without a word: an exception could
    come up anywhere in the libraries that are being loaded.
    """
    handler = signal.getsignal(signal.SIGINT)
    hears = threading.current_thread() is threading.main_thread() and handler is signal.default_int_handler
    if hears:
        signal.signal(signal.SIGINT, _leave)
    from recurra.cli import app

    arguments = list(sys.argv[1:] if arguments is None else arguments)
    app.load(arguments)
    if hears:
        signal.signal(signal.SIGINT, handler)
    return app.main(arguments)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)
