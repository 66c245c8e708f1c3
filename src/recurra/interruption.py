"""Work of a thread that ends early when nobody wants its result any more, such as that of a server for a client."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_thread = threading.local()


class Interrupted(Exception):
    """Nobody wants the result any more."""


@contextmanager
def while_wanted(is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Let the loops inside the block, in this thread, end when their result is not wanted any more.

    Args:
        is_wanted: asked between their steps.
    """
    before = getattr(_thread, "is_wanted", None)
    _thread.is_wanted = is_wanted
    try:
        yield
    finally:
        _thread.is_wanted = before


def require_wanted() -> None:
    """Go on, if there is anybody who wants the result; loops that may take long ask at each step.

    Raises:
        Interrupted: there is nobody.
    """
    is_wanted: Callable[[], bool] | None = getattr(_thread, "is_wanted", None)
    if is_wanted is not None and not is_wanted():
        raise Interrupted
