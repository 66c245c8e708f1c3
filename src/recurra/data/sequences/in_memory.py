"""What a person gives in memory instead of files: which form it has, and sequences of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.containers.number_arrays import numbers, refuse_other_kinds, refuse_words
from recurra.data.containers.rows import is_container, is_frame, is_missing, is_sparse, rows
from recurra.data.containers.texts import LOOKED_AT, one_column, texts
from recurra.data.sequences import feature_names
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.table_columns import TableColumns, listed
from recurra.data.sequences.time_order import in_time
from recurra.errors import DataError, quote


def is_source(data: Any) -> bool:
    """Whether this names data: a path, a data set, or files."""
    return isinstance(data, str | Path | Examples) or _is_list_of(data, str | Path)


def is_texts(data: Any) -> bool:
    """Whether this is a container of texts."""
    if not is_container(data) or isinstance(data, Examples):
        return False
    content = one_column(rows(data))
    return isinstance(content, list) and bool(content) and any(isinstance(text, str) for text in content[:LOOKED_AT])


def is_table(data: Any) -> bool:
    """Whether scikit-learn's rules hold for this: an array or frame of numbers, a series a row; or what is not known.

    A list of lists is none: they are sequences, which may be of unequal length. See `are_rows`.
    """
    if is_sparse(data):  # some of them are dictionaries too
        return True
    if isinstance(data, list | tuple | Mapping):
        return False
    content = rows(data)
    if isinstance(content, list):
        return not any(isinstance(row, str) or is_container(row) for row in content[:LOOKED_AT])
    return not isinstance(content, np.ndarray) or not (content.ndim > 2 or _is_nested(content) or is_texts(content))


def are_rows(inputs: Any) -> bool:
    """Whether sequences came as a list and are nevertheless rows of a table: of one feature, and of equal length."""
    return (
        isinstance(inputs, list)
        and not isinstance(inputs[0], str)
        and {x.shape for x in inputs} == {(len(inputs[0]), 1)}
    )


def table(data: Any, columns: TableColumns | None = None) -> Any:
    """A table as scikit-learn takes it; a frame keeps the names of its columns, as texts.

    Args:
        data: an array or a frame, a series a row.
        columns: of the training.

    Raises:
        DataError: it holds dates, durations or complex numbers.
    """
    content = rows(data)
    if isinstance(content, np.ndarray):
        refuse_other_kinds(content, "X")
        refuse_words(content)
    names = feature_names.names_of(data)
    if names is None:
        return content
    if is_frame(data) and not feature_names.are_counted(names):
        return data.set_axis(names, axis=1) if hasattr(data, "set_axis") else data
    return _in_order(content, names, columns, "X")


def columns(data: Any) -> TableColumns | None:
    """What the columns of sequences are, where these have names that do not only count."""
    content = _rows(data)
    if isinstance(content, list):
        for sequence in content:
            known = feature_names.columns_of(sequence, "steps")
            if known is not None:
                return known
        return None
    if not isinstance(content, np.ndarray) or is_texts(content):
        return None
    return feature_names.columns_of(data, "steps" if _has_steps(content) else "series")


def sequences(data: Any, columns: TableColumns | None = None) -> Any:
    """Sequences (T, I) of one width, as a list of arrays or one array (N, T, I); or a list of texts.

    Args:
        data: an array (N, T, I), or (N, T) of one feature; or a container of sequences, each a container of T numbers
            or of T rows of I numbers; or of texts. A frame may be nested, a cell a series, as sktime has it; or have
            one column, a cell a sequence.
        columns: of the training; where the data have names, too, their columns are put in its order.

    Raises:
        DataError: names the sequence, what was expected and what it is.
    """
    content, names = _rows(data), feature_names.names_of(data)
    if isinstance(content, np.ndarray) and names:
        content = _ordered(content, names, columns)
    content = one_column(content)
    if isinstance(content, np.ndarray):
        if _is_nested(content):
            return _list_of_sequences([_side_by_side(row, i) for i, row in enumerate(content, 1)])
        return _array_of_sequences(content)
    if not isinstance(content, list):
        raise DataError(f"expected sequences, texts, or what names data, got {type(data).__name__} {quote(data)}")
    if not content:
        raise DataError("expected at least one sequence, got none")
    return texts(content) if is_texts(content) else _list_of_sequences(content, columns)


def _rows(data: Any) -> Any:
    """The rows of a container; of a table with one column of whole sequences these, as a list."""
    content = rows(data)
    if isinstance(content, np.ndarray) and content.shape[1:] == (1,) and _is_nested(content):
        cells: list[Any] = content[:, 0].tolist()
        if any(getattr(cell, "ndim", 1) == 2 for cell in cells[:1]):
            return cells
    return content


def _has_steps(content: np.ndarray) -> bool:
    """Whether the last axis of what a container holds are features, and not the steps of series."""
    return content.ndim == 3 or _is_nested(content)


def _ordered(content: np.ndarray, names: list[str], columns: TableColumns | None) -> np.ndarray:
    """The columns of a frame or the like, (N, I), (N, T, I) or nested, in the order of the training."""
    form = "steps" if _has_steps(content) else "series"
    if columns is None or columns.form == form:
        return _in_order(content, names, columns, "X")
    if columns.form == "text" and columns.text in names:
        column: np.ndarray = content[:, [names.index(columns.text)]]
        return column
    if form == "series" and columns.form == "steps" and set(columns.features) <= set(names):
        raise DataError(
            f"X: expected sequences of the features {listed(columns.features)}, such as a list of frames, one each, "
            f"got one frame with the columns {listed(names)}"
        )
    return content


def _in_order(
    content: np.ndarray, names: list[str], columns: TableColumns | None, where: str, as_in: str = "in training"
) -> np.ndarray:
    """What a container holds, with its columns, which are on the last axis, in the order of the training."""
    positions = feature_names.order(columns, names, where, as_in)
    if positions is None:
        return content
    ordered: np.ndarray = content[..., positions]
    return ordered


def _is_list_of(data: Any, types: Any) -> bool:
    return isinstance(data, list | tuple) and len(data) > 0 and all(isinstance(part, types) for part in data)


def _is_nested(content: np.ndarray) -> bool:
    """Whether the cells of a table are series."""
    return content.dtype == object and content.ndim == 2 and content.size > 0 and is_container(content.flat[0])


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
        got = f"got an array of shape {array.shape}{_flatten(array)}"
        raise DataError(f"expected sequences (N, T, I), or (N, T) of one feature, {got}")
    if not array.size:
        raise DataError(f"expected sequences of at least one step and feature, got an array of shape {array.shape}")
    return numbers(array, "sequences")


def _list_of_sequences(content: list[Any], columns: TableColumns | None = None) -> list[np.ndarray]:
    inputs: list[np.ndarray] = []
    reference, as_in = (columns if columns and columns.form == "steps" else None), "in training"
    for i, sequence in enumerate(content, 1):
        where = f"sequence {i}"
        if not is_container(sequence):
            got = "none" if is_missing(sequence) else f"{type(sequence).__name__} {quote(sequence)}"
            raise DataError(f"{where}: expected numbers (T,) or (T, I), got {got}")
        names = feature_names.names_of(sequence)
        if names:
            cells = in_time(rows(sequence), names, reference, where)
            sequence = _in_order(cells, names, reference, where, as_in)
        x = numbers(sequence, where)
        if names and reference is None:
            reference = None if feature_names.are_counted(names) else feature_names.named(names)
            as_in = f"in {where}"
        x = x[:, None] if x.ndim == 1 else x
        if x.ndim != 2 or x.size == 0:
            raise DataError(f"{where}: expected (T, I) numbers, got shape {x.shape}{_flatten(x)}")
        if x.shape[1] != (inputs[0] if inputs else x).shape[1]:
            raise DataError(f"{where}: expected {inputs[0].shape[1]} features as in the first, got {x.shape[1]}")
        inputs.append(x)
    return inputs


def _flatten(array: np.ndarray) -> str:
    """What to do with steps that are grids, such as images."""
    if array.ndim <= 2:
        return ""
    shape = "len(X), len(X[0]), -1" if array.ndim > 3 else "len(x), -1"
    return f"; where a step is a grid, put its numbers in a row: reshape({shape})"
