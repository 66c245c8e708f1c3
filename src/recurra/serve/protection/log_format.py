"""What a line of the log looks like: an object of JSON, or a line for people."""

import json
import logging
import re
import time
import traceback
from typing import Any

from recurra.errors import printable
from recurra.serve.protection.request_id import REQUEST_ID

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_LONGEST = 300  # characters of the message of an error


class JsonFormat(logging.Formatter):
    """Lines of JSON: time, level, event, request id, and what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        return json.dumps(_fields(record), ensure_ascii=False, default=str)


class TextFormat(logging.Formatter):
    """Lines for people: the time, what happened, and what else is known as NAME=VALUE; below it a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        fields = _fields(record)
        error = fields.pop("error", None)
        head = [fields.pop("time"), fields.pop("level"), printable(fields.pop("event"))]
        rest = [f"{name}={_word(value)}" for name, value in fields.items()]
        return " ".join(head + rest) + (f"\n{error}" if error else "")


def _word(value: object) -> str:
    """A value in one word, or in quotes."""
    text = str(value)
    return text if re.fullmatch(r"[\w./:{}@-]+", text) else json.dumps(text, ensure_ascii=False)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    fields: dict[str, Any] = {
        "time": f"{whole}.{int(record.msecs):03}Z",
        "level": record.levelname.lower(),
        "event": record.getMessage(),
    }
    request_id = REQUEST_ID.get()
    if request_id is not None:
        fields["id"] = request_id
    fields |= getattr(record, "fields", {})
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = traceback_of(record.exc_info[1])
    return fields


def traceback_of(error: BaseException) -> str:
    """The traceback of an error and of those that led to it.

    Quoted parts of their messages, which may hold what a client sent, are left out.
    """
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(parts) < 10:
        message = _QUOTED.sub("'...'", str(cause))[:_LONGEST]
        parts.append("".join(traceback.format_tb(cause.__traceback__)) + f"{type(cause).__qualname__}: {message}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\nled to:\n".join(reversed(parts))
