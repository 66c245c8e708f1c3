"""Arrays of the numbers that containers hold; dates, texts and complex numbers are none."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from recurra.data.containers.rows import is_container, is_missing, rows
from recurra.data.files.numbers import is_number
from recurra.errors import DataError, quote

_NUMBERS = "fiub"  # kinds of NumPy types
_OTHERS = {"M": "dates", "m": "durations", "c": "complex numbers"}  # that NumPy would make numbers of


def numbers(data: Any, where: str) -> np.ndarray:
    """Numbers as an array, in a type that loses none of their digits; what is missing becomes NaN.

    Raises:
        DataError: it holds something else.
    """
    content = rows(data)
    if isinstance(content, np.ndarray):
        refuse_other_kinds(content, where)
        if content.dtype.kind in _NUMBERS:
            return content
    try:
        array = np.asarray(content)
    except (TypeError, ValueError, RuntimeError):  # rows of other libraries, or of unequal length
        array = np.asarray(None)
    try:
        if array.dtype.kind not in _NUMBERS:
            array = np.asarray(_plain(content), np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{where}: expected numbers, or rows of as many numbers, got {quote(data)}") from None
    return array


def refuse_other_kinds(content: np.ndarray, where: str) -> None:
    """Refuse dates, durations and complex numbers, in words that say what to do.

    Raises:
        DataError: they are there; one of them in an array of objects is enough.
    """
    kind: str = content.dtype.kind
    if kind == "O":
        kind = next((kind for kind in map(_kind_of, content.flat) if kind), "")
    if kind in ("M", "m"):
        raise DataError(f"{where}: expected numbers, got {_OTHERS[kind]}; give them as numbers, such as seconds")
    if kind == "c":
        raise DataError(
            f"{where}: expected numbers, got complex ones; give real and imaginary part as two features "
            "(Complex data not supported)"  # scikit-learn's words, which its checks look for
        )


def refuse_words(table: np.ndarray) -> None:
    """Refuse texts in a table, but those that are numbers, which scikit-learn takes.

    Raises:
        DataError: there is one.
    """
    for value in table.flat if table.dtype.kind in "OUST" else ():
        if isinstance(value, str) and not is_number(value) and value.strip().lower() != "nan":
            raise DataError(f"X: expected numbers, got the text {quote(value)}; of texts expected a list, one each")


def _kind_of(value: Any) -> str:
    """The kind that NumPy has for a value, where it would make a number of something else."""
    if isinstance(value, date | np.datetime64):
        return "M"
    if isinstance(value, timedelta | np.timedelta64):
        return "m"
    return "c" if isinstance(value, complex | np.complexfloating) else ""


def _plain(data: Any) -> Any:
    """Nested lists of what a container of containers holds, with NaN for what is missing."""
    if is_container(data):
        content = rows(data)
        if isinstance(content, np.ndarray) and content.dtype.kind in _OTHERS:
            raise TypeError  # dates of NumPy become whole numbers in a list
        return [_plain(part) for part in (content if isinstance(content, list) else content.tolist())]
    if isinstance(data, str | bytes) or _kind_of(data):
        raise TypeError  # NumPy would make numbers of some of them
    return np.nan if is_missing(data) else data
