"""Labels of any plain type: texts, numbers, dates, bytes; mixed too. Their order, as an array, and in JSON."""

import base64
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import numpy as np

from recurra.data.containers.rows import is_missing
from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError, quote


def plain(label: Any, where: object = "answers") -> Any:
    """Give a label as Python's own type, so that 1 is the same label wherever it came from.

    Args:
        label: any.
        where: what an error calls it.

    Raises:
        DataError: it is of a type that no run folder can hold, or missing, or no Unicode text.
    """
    if isinstance(label, np.datetime64):
        label = label.astype("datetime64[us]" if np.datetime_data(label.dtype)[0] != "D" else "datetime64[D]")
    if isinstance(label, np.generic) or getattr(label, "ndim", None) == 0:  # a scalar of NumPy or of torch
        label = label.item()
    if is_missing(label):
        raise DataError(f"{where}: expected labels, got none ({label!r})")
    if hasattr(label, "to_pydatetime"):  # pandas'
        label = label.to_pydatetime(warn=False)
    if isinstance(label, bool | datetime | date):
        return label
    kinds: tuple[Any, ...] = (str, int, float, bytes)
    for kind in kinds:
        if isinstance(label, kind):
            if kind is str:
                require_unicode(where, label)
            return label if type(label) is kind else kind(label)
    raise DataError(
        f"{where}: expected labels that are texts, numbers, dates or bytes, got {type(label).__name__} {quote(label)}"
    )


def in_order(labels: Iterable[Any]) -> list[Any]:
    """The different labels, sorted; those of types that have no order among each other by type."""
    different = set(map(plain, labels))
    try:
        return sorted(different)
    except TypeError:
        return sorted(different, key=lambda label: (_kind(label), str(label) if _kind(label) else label))


def _kind(label: Any) -> str:
    """The type of a label, all numbers alike; they come first."""
    return "" if isinstance(label, int | float) else type(label).__name__


def as_array(labels: list[Any]) -> np.ndarray:
    """Labels as an array: of texts, numbers or dates; of objects where NumPy would change them."""
    if labels and all(type(label) is date for label in labels):
        return np.asarray(labels, "datetime64[D]")
    if labels and all(isinstance(label, datetime) and label.tzinfo is None for label in labels):
        return np.asarray(labels, "datetime64[us]")
    array = np.asarray(labels)
    if array.ndim == 1 and array.tolist() == labels:
        return array
    array = np.empty(len(labels), object)
    array[:] = labels
    return array


def to_json(label: Any) -> Any:
    """A label as JSON can hold it."""
    if isinstance(label, bytes):
        return {"bytes": base64.b64encode(label).decode()}
    if isinstance(label, datetime):
        return {"datetime": label.isoformat()}
    return {"date": label.isoformat()} if isinstance(label, date) else label


def from_json(label: Any) -> Any:
    """Read what `to_json` gave."""
    if not isinstance(label, dict):
        return label
    ((kind, value),) = label.items()
    read: dict[str, Any] = {"bytes": base64.b64decode, "datetime": datetime.fromisoformat, "date": date.fromisoformat}
    return read[kind](value)
