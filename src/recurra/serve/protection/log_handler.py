"""Writes the log in a thread of its own, so that a full pipe or a slow disk holds no answer up."""

import logging
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TextIO

from recurra.serve.protection.log_format import JsonFormat, TextFormat

_MOST_LINES = 10_000  # that wait to be written; more are left out
_LOGGERS = ("recurra", "uvicorn")


class BackgroundHandler(logging.Handler):
    """Hands lines to a thread, which writes them.

    Args:
        stream: to write to.
    """

    def __init__(self, stream: TextIO):
        super().__init__()
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(_MOST_LINES)
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Let a record be written; where too many wait, it is left out."""
        try:
            self._lines.put_nowait(self.format(record) + "\n")
        except queue.Full:
            pass
        except Exception:  # a record that cannot be formatted must not fail a request
            self.handleError(record)

    def close(self) -> None:
        """Write what waits, unless that takes long."""
        try:
            self._lines.put(None, timeout=1)
            self._thread.join(1)
        except queue.Full:
            pass
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line)
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
