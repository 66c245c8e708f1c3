"""What engines' threads tell the server's event loop: to which texts something was added."""

import asyncio
from collections import deque

from recurra.serve.writing.text import Text


class Notices:
    """Wakes the readers of texts in their loop, once however many texts have changed meanwhile.

    Args:
        loop: in which texts are read.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self._loop = loop
        self._texts: deque[Text] = deque()
        self._is_due = False  # whether the loop was asked to look, and has not looked yet

    def send(self, texts: list[Text]) -> None:
        """Tell, from any thread, that something was added to texts."""
        self._texts.extend(texts)
        if not self._is_due:
            self._is_due = True
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop is closed: nobody reads
                self._texts.clear()

    def _wake(self) -> None:
        self._is_due = False  # before the texts are taken: what comes later asks again
        while self._texts:
            self._texts.popleft().changed.set()
