"""Numbers in text files, read strictly.

Python's own `float` takes more than what a file means by a number: "1_0" for 10, digits of every script, "infinity".
"""

import math
import re

from recurra.errors import quote

MISSING = frozenset({"", "?", "nan", "-nan", "na", "n/a", "#n/a", "<na>", "null", "none"})  # in small letters

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def number(text: str) -> float:
    """Read a finite number, such as 1, -0.5 or 1e-3; white space around it does not count.

    Raises:
        ValueError: it is something else.
    """
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"expected a number, got {quote(text)}") from None
    if "_" in text or not text.isascii():
        raise ValueError(f"expected a number, got {quote(text)}")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {quote(text)}")
    return value


def measured(text: str) -> float:
    """Read a number, or NaN where the text is one of `MISSING`.

    Raises:
        ValueError: it is something else.
    """
    try:
        return number(text)  # first, since most cells are numbers
    except ValueError:
        if text.strip().lower() in MISSING:
            return math.nan
        raise


def measured_all(text: str, separator: str) -> list[float]:
    """Read numbers between separators, NaN where one of `MISSING` stands.

    Raises:
        ValueError: one is something else.
    """
    cells = text.split(separator)
    if "_" not in text and text.isascii():  # then Python's own numbers are those that are meant, but for infinity
        try:
            values = list(map(float, cells))
        except ValueError:
            values = [math.nan]
        if math.isfinite(sum(values)):  # then all are
            return values
    return [measured(cell) for cell in cells]


def whole(text: str) -> int:
    """Read a whole number of at most 18 digits.

    Raises:
        ValueError: it is something else.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"expected a whole number, got {quote(text)}")
    return int(text)


def is_number(text: str) -> bool:
    """Whether a text is a finite number."""
    try:
        number(text)
    except ValueError:
        return False
    return True


def is_measured(text: str) -> bool:
    """Whether a text is a finite number, or stands for a missing one."""
    return is_number(text) or text.strip().lower() in MISSING
