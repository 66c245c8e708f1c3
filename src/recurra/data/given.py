"""What a person gives in memory instead of files: which form it has, and sequences of it."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.examples import Examples
from recurra.data.rows import is_container, is_frame, is_missing, is_sparse, rows
from recurra.data.unicode_text import require_unicode
from recurra.errors import DataError, quote

_NUMBERS = "fiub"  # kinds of NumPy types


def is_source(data: Any) -> bool:
    """Whether this names data: a path, a data set, or files."""
    return isinstance(data, str | Path | Examples) or _is_list_of(data, str | Path)


def is_texts(data: Any) -> bool:
    """Whether this is a container of texts."""
    if not is_container(data) or isinstance(data, Examples):
        return False
    held = one_column(rows(data))
    return isinstance(held, list) and bool(held) and any(isinstance(text, str) for text in held[:_LOOKED_AT])


_LOOKED_AT = 100  # rows, of which the first may be missing


def pair(data: Any) -> tuple[Any, Any] | None:
    """Take sequences and their answers out of one tuple or list, `(X, y)`; None where it is no such pair.

    Two files are no pair, nor are two texts. Answers may also lie in a dictionary, by the names of their columns.
    """
    if not isinstance(data, list | tuple) or len(data) != 2:
        return None
    X, y = data
    return (X, y) if is_container(X) and (is_container(y) or isinstance(y, Mapping)) else None


def is_table(data: Any) -> bool:
    """Whether scikit-learn's rules hold for this: an array or frame of numbers, a series a row; or what is not known.

    A list of lists is none: they are sequences, which may be of unequal length. See `are_rows`.
    """
    if is_sparse(data):  # some of them are dictionaries too
        return True
    if isinstance(data, list | tuple | Mapping):
        return False
    held = rows(data)
    if isinstance(held, list):
        return not any(isinstance(row, str) or is_container(row) for row in held[:_LOOKED_AT])
    return not isinstance(held, np.ndarray) or not (held.ndim == 3 or _is_nested(held) or is_texts(held))


def are_rows(inputs: Any) -> bool:
    """Whether sequences came as a list and are nevertheless rows of a table: of one feature, and of equal length."""
    return (
        isinstance(inputs, list)
        and not isinstance(inputs[0], str)
        and {x.shape for x in inputs} == {(len(inputs[0]), 1)}
    )


def table(data: Any) -> Any:
    """A table as scikit-learn takes it; a frame keeps the names of its columns."""
    return data if is_frame(data) else rows(data)


def sequences(data: Any) -> Any:
    """Sequences (T, I) of one width, as a list of arrays or one array (N, T, I); or a list of texts.

    Args:
        data: an array (N, T, I), or (N, T) of one feature; or a container of sequences, each a container of T numbers
            or of T rows of I numbers; or of texts. A frame may be nested, a cell a series, as sktime has it.

    Raises:
        DataError: names the sequence, what was expected and what it is.
    """
    held = one_column(rows(data))
    if isinstance(held, np.ndarray):
        if _is_nested(held):
            return _list_of_sequences([_side_by_side(row, i) for i, row in enumerate(held, 1)])
        return _array_of_sequences(held)
    if not isinstance(held, list):
        raise DataError(f"expected sequences, texts, or what names data, got {type(data).__name__} {quote(data)}")
    if not held:
        raise DataError("expected at least one sequence, got none")
    return texts(held) if is_texts(held) else _list_of_sequences(held)


def texts(data: Any, what: str = "text") -> list[str]:
    """Texts as a list.

    Raises:
        DataError: one is missing, is something else, or is not Unicode; names which.
    """
    held = one_column(rows(data))
    if not isinstance(held, list):
        raise DataError(f"{what}s: expected a list of texts, got {type(data).__name__} {quote(data)}")
    for i, text in enumerate(held, 1):
        if not isinstance(text, str):
            got = "none" if is_missing(text) else f"{type(text).__name__} {quote(text)}"
            raise DataError(f"{what} {i}: expected a text, got {got}")
        require_unicode(f"{what} {i}", text)
    return held


def numbers(data: Any, where: str) -> np.ndarray:
    """Numbers as an array, in a type that loses none of their digits; what is missing becomes NaN.

    Raises:
        DataError: it holds something else.
    """
    held = rows(data)
    if isinstance(held, np.ndarray) and held.dtype.kind in _NUMBERS:
        return held
    try:
        array = np.asarray(held)
    except (TypeError, ValueError, RuntimeError):  # rows of other libraries, or of unequal length
        array = np.asarray(None)
    try:
        if array.dtype.kind not in _NUMBERS:
            array = np.asarray(_plain(held), np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{where}: expected numbers, or rows of as many numbers, got {quote(data)}") from None
    return array


def _plain(data: Any) -> Any:
    """Nested lists of what a container of containers holds, with NaN for what is missing."""
    if is_container(data):
        held = rows(data)
        return [_plain(part) for part in (held if isinstance(held, list) else held.tolist())]
    if isinstance(data, complex | np.complexfloating | np.datetime64 | date | timedelta):
        raise TypeError  # NumPy would make numbers of them
    return np.nan if is_missing(data) else data


def _is_list_of(data: Any, types: Any) -> bool:
    return isinstance(data, list | tuple) and len(data) > 0 and all(isinstance(part, types) for part in data)


def one_column(held: Any) -> Any:
    """Take the one column of texts out of a table (N, 1); all else comes back as it is."""
    if isinstance(held, np.ndarray) and held.ndim == 2 and held.shape[1] == 1 and held.dtype.kind in "OUT":
        column: list[Any] = held[:, 0].tolist()
        return column if any(isinstance(text, str) for text in column[:_LOOKED_AT]) else held
    return held


def _is_nested(held: np.ndarray) -> bool:
    """Whether the cells of a table are series."""
    return held.dtype == object and held.ndim == 2 and held.size > 0 and is_container(held.flat[0])


def _side_by_side(cells: Any, i: int) -> np.ndarray:
    """The series of a row of a nested frame, (T, I)."""
    series = [numbers(cell, f"sequence {i}") for cell in cells]
    for column, values in enumerate(series, 1):
        if values.shape != series[0].shape or values.ndim != 1:
            raise DataError(
                f"sequence {i}: expected a series of {len(series[0])} steps in column {column}, as in the first, "
                f"got shape {values.shape}"
            )
    return np.stack(series, -1)


def _array_of_sequences(array: np.ndarray) -> np.ndarray:
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3:
        raise DataError(f"expected sequences (N, T, I), or (N, T) of one feature, got an array of shape {array.shape}")
    if not array.size:
        raise DataError(f"expected sequences of at least one step and feature, got an array of shape {array.shape}")
    return array if array.dtype.kind in _NUMBERS else numbers(array, "sequences")


def _list_of_sequences(held: list[Any]) -> list[np.ndarray]:
    inputs: list[np.ndarray] = []
    for i, sequence in enumerate(held, 1):
        if not is_container(sequence):
            got = "none" if is_missing(sequence) else f"{type(sequence).__name__} {quote(sequence)}"
            raise DataError(f"sequence {i}: expected numbers (T,) or (T, I), got {got}")
        x = numbers(sequence, f"sequence {i}")
        x = x[:, None] if x.ndim == 1 else x
        if x.ndim != 2 or x.size == 0:
            raise DataError(f"sequence {i}: expected (T, I) numbers, got shape {x.shape}")
        if x.shape[1] != (inputs[0] if inputs else x).shape[1]:
            raise DataError(f"sequence {i}: expected {inputs[0].shape[1]} features as in the first, got {x.shape[1]}")
        inputs.append(x)
    return inputs
