"""Writes the log in a thread of its own, so that a full pipe or a slow disk holds no answer up."""

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TextIO

from recurra.serve.protection.log_format import JsonFormat, TextFormat

_MOST_LINES = 10_000  # that wait to be written; more are left out
_PAUSE = 0.02  # seconds in which lines gather, so that not each of them wakes the thread
_LOGGERS = ("recurra", "uvicorn")


class BackgroundHandler(logging.Handler):
    """Hands lines to a thread, which writes them.

    Args:
        stream: to write to.
    """

    def __init__(self, stream: TextIO):
        super().__init__()
        self._stream = stream
        self._lines: deque[str] = deque()
        self._are_there = threading.Event()
        self._closes = False
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Let a record be written; where too many wait, it is left out."""
        if len(self._lines) >= _MOST_LINES:
            return
        try:
            self._lines.append(self.format(record) + "\n")
            if not self._are_there.is_set():
                self._are_there.set()
        except Exception:  # a record that cannot be formatted must not fail a request
            self.handleError(record)

    def close(self) -> None:
        """Write what waits, unless that takes long."""
        self._closes = True
        self._are_there.set()
        self._thread.join(1)
        super().close()

    def _write(self) -> None:
        closes = False
        while not closes:
            self._are_there.wait()
            if not self._closes:
                time.sleep(_PAUSE)
            self._are_there.clear()  # before all is looked at, so that nothing that comes meanwhile is left
            closes = self._closes
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            try:
                self._stream.write("".join(lines))
                self._stream.flush()
            except (OSError, ValueError):  # a full disk, or nobody who reads: the server goes on
                pass


@contextmanager
def logging_to_stderr(form: Literal["json", "text"]) -> Iterator[None]:
    """Let the log of the program and of its server go to standard error, for a time."""
    handler = BackgroundHandler(sys.stderr)
    handler.setFormatter(JsonFormat() if form == "json" else TextFormat())
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger, level in zip(loggers, (logging.INFO, logging.WARNING), strict=True):
        logger.addHandler(handler)
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
        handler.close()
