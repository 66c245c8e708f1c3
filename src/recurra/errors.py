"""What Recurra raises when the fault lies outside the program: in the data, or in how a training went."""

import reprlib
from collections.abc import Sized
from numbers import Integral
from typing import Any

_LONGEST = 2000  # characters of a message
_QUOTED = 80  # characters of a value inside a message
_SPACES = "\u00a0\u3000"  # shown as they are, though Python does not call them printable

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _QUOTED


class DataError(ValueError):
    """Wrong data or settings; the message is one line that names the file, the line, what was expected and found.

    What a message holds of the data may be long or contain anything: here, in one place, line ends and what a terminal
    would obey are shown as escapes, and the middle of a very long message is left out.
    """

    def __init__(self, message: object = ""):
        super().__init__(shorten(printable(str(message)), _LONGEST))


class TrainingDiverged(RuntimeError):
    """The loss or its gradient stopped being finite; the message says at which step and what to try."""


def require_count(name: str, value: Any, least: int = 1, most: int = 1_000_000_000) -> None:
    """Refuse what is no whole number, or too small or large.

    Raises:
        DataError: names the argument, what was expected and what was given.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise DataError(f"{name}: expected a whole number of at least {least}, got {quote(value)}")
    if int(value) > most:
        raise DataError(f"{name}: expected a whole number of at most {most:,}, got {quote(value)}")


def require_flag(name: str, value: Any) -> None:
    """Refuse what is neither true nor false, such as "no", which Python takes for true.

    Raises:
        DataError: names the argument.
    """
    if type(value).__name__ not in ("bool", "bool_") and not (isinstance(value, Integral) and value in (0, 1)):
        raise DataError(f"{name}: expected True or False, got {quote(value)}")


def quote(value: object) -> str:
    """Show a value inside a message: as Python would, but not more than the beginning and the end of a long one."""
    if isinstance(value, str):
        return repr(shorten(value))
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a whole number of {value.bit_length()} bits"  # Python refuses to print the longest
    shape = getattr(value, "shape", None)
    if isinstance(value, Sized) and shape:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    if shape == () and hasattr(value, "item"):  # a scalar of NumPy or of torch
        value = value.item()
    return _REPR.repr(value)


def shorten(text: str, longest: int = _QUOTED) -> str:
    """Leave out the middle of a text of more than so many characters."""
    if len(text) <= longest:
        return text
    end = longest // 4
    return f"{text[: longest - end - 3]}...{text[-end:]}"


def printable(text: str) -> str:
    """Show line ends, control characters and lone surrogates as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _SPACES else c.encode("unicode_escape").decode() for c in text)
