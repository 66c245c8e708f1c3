"""What the commands write: any text in any encoding, rows that stay rows, and nothing that a terminal would obey."""

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from recurra.data.files.control_characters import cell, visible

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a cell begins with that a spreadsheet computes
_NOT_IN_JSON = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # JSON itself escapes those below a space


def prepare() -> None:
    """Make the standard streams fit for any text.

    A character that the encoding of a stream lacks is written as `\\u1234`; the encoding is Python's choice, or what
    PYTHONIOENCODING names. Standard output or error that is closed swallows what is written.
    """
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fill_closed_streams() -> None:
    """Open what is closed on nothing; else the next file that is opened would take its place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def write(text: str, end: str = "") -> None:
    """Write text as it stands; to a terminal, with control characters shown."""
    print(visible(text) if sys.stdout.isatty() else text, end=end, flush=True)


def print_row(cells: Iterable[str], separator: str = "\t") -> None:
    """Write cells on one line, whatever they hold."""
    row = separator.join(map(cell, cells))
    print(visible(row) if sys.stdout.isatty() else row)


def print_csv(cells: Iterable[str]) -> None:
    """Write cells as a row of a CSV file; what a spreadsheet would take for a formula has a `'` before it."""
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(map(_as_text, cells))
    write(row.getvalue())


def _as_text(text: str) -> str:
    """A cell that stays what it is: a text, if it begins like a formula and is no number."""
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def print_json(value: Any) -> None:
    """Write a value as JSON on a line."""
    print(dumps(value))


def dumps(value: Any) -> str:
    """A value as JSON on a line, with nothing that a terminal would obey, or that ends a line for some programs."""
    return _NOT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
