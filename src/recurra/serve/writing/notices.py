"""What engines' threads tell the server's event loop: to which texts something was added."""

import asyncio
import time
from collections import deque

from recurra.serve.writing.text import Text

GATHERING = 0.004
"""Seconds in which symbols gather before their reader is told again, but for the first and the last of a text.

To wake the loop for every symbol costs more than the step of a small network, and nobody sees so short a time.
"""


class Notices:
    """Wakes the readers of texts in their loop, once however many texts have changed meanwhile.

    Args:
        loop: in which texts are read.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self._loop = loop
        self._texts: deque[Text] = deque()
        self._is_due = False  # whether the loop was asked to look, and has not looked yet
        self._asked = 0.0  # when it was asked last

    def send(self, texts: list[Text]) -> None:
        """Tell, from any thread, that something was added to texts that are over, or will be sent again."""
        is_urgent = False
        for text in texts:
            if text.is_over or not text.is_begun:
                is_urgent = text.is_begun = True
            if not text.is_noticed:
                text.is_noticed = True
                self._texts.append(text)
        now = time.monotonic()
        if not self._is_due and (is_urgent or now - self._asked >= GATHERING):
            self._is_due, self._asked = True, now
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop is closed: nobody reads
                self._texts.clear()

    def _wake(self) -> None:
        self._is_due = False  # before the texts are taken: what comes later asks again
        while self._texts:
            text = self._texts.popleft()
            text.is_noticed = False  # before it is looked at, for the same reason
            text.changed.set()
