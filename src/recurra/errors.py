"""What Recurra raises when the fault lies outside the program: in the data, or in how a training went."""

from numbers import Integral
from typing import Any


class DataError(ValueError):
    """Wrong data or settings; the message is one line that names the file, the line, what was expected and found."""


class TrainingDiverged(RuntimeError):
    """The loss or its gradient stopped being finite; the message says at which step and what to try."""


def require_count(name: str, value: Any, least: int = 1) -> None:
    """Refuse what is no whole number, or too small.

    Raises:
        DataError: names the argument, what was expected and what was given.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise DataError(f"{name}: expected a whole number of at least {least}, got {value!r}")
