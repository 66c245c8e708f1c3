"""Ctrl-C and SIGTERM turned into a wish to stop, which the training loop grants between two steps."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass
class Stop:
    """Whether somebody asked the training to stop."""

    requested: bool = False


@contextmanager
def graceful() -> Iterator[Stop]:
    """Note the first SIGINT or SIGTERM inside the block; a second one interrupts at once.

    Only the main thread receives signals; elsewhere this changes nothing.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def note(number: int, frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
