"""Arrays and frames as tables of series."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recurra.data.containers.rows import is_frame, is_missing
from recurra.data.sequences.in_memory import sequences
from recurra.data.tables.choices import Choices
from recurra.data.tables.column import MISSING, Column
from recurra.data.tables.number_format import NumberFormat
from recurra.data.tables.reading import NONE_CHOSEN, parse
from recurra.data.tables.table import Table
from recurra.errors import DataError


def table_of(data: Any, choices: Choices = NONE_CHOSEN, known: Sequence[Column] | None = None) -> Table:
    """Make a table of what is in memory.

    Args:
        data: a frame of pandas, Polars and the like, a row a step; or numbers, (N, T, I), or a list of series,
            (T, I) or (T,) each. NaN is a missing cell.
        choices: what a person says of the columns of a frame.
        known: the columns of an earlier table; this one is read alike.

    Raises:
        DataError: it is something else, or a cell is not as expected.
    """
    if isinstance(data, Table):
        return data
    if is_frame(data):
        return _of_frame(data, choices, known)
    return _of_arrays(sequences(data), known)


def _of_frame(frame: Any, choices: Choices, known: Sequence[Column] | None) -> Table:
    header = [str(name) for name in frame.columns]
    texts = [[_text(cell) for cell in np.asarray(frame[name], dtype=object)] for name in frame.columns]
    rows = [(row, list(cells)) for row, cells in enumerate(zip(*texts, strict=True), 1)]
    return parse([(0, header), *rows], "frame", choices, known)


def _text(cell: Any) -> str:
    """A cell as a file would have it."""
    if is_missing(cell):
        return ""
    if isinstance(cell, float | np.floating) and float(cell).is_integer() and abs(float(cell)) < 1e15:
        return f"{cell:.1f}"
    if hasattr(cell, "isoformat"):
        return str(cell.isoformat(sep=" ")) if hasattr(cell, "hour") else str(cell.isoformat())
    return str(cell)


def _of_arrays(series: Any, known: Sequence[Column] | None) -> Table:
    arrays = [np.asarray(part, np.float64) for part in series]
    values = np.concatenate(arrays)  # (rows, I)
    if np.isinf(values).any():
        raise DataError("sequences: expected finite numbers or NaN, got infinity")
    if known is not None and len(known) != values.shape[1]:
        raise DataError(f"sequences: expected {len(known)} features, as in training, got {values.shape[1]}")
    columns = list(known) if known is not None else [_column(i, column) for i, column in enumerate(values.T)]
    cells = np.empty(values.shape, np.int64)
    for position, column in enumerate(columns):
        scaled = np.round(values[:, position] * 10.0**column.number.decimals)
        cells[:, position] = np.where(np.isnan(scaled), MISSING, np.nan_to_num(scaled))
    starts = np.concatenate([[0], np.cumsum([len(part) for part in arrays])]).astype(np.int64)
    return Table(columns, cells, starts)


def _column(position: int, values: np.ndarray) -> Column:
    present = values[~np.isnan(values)]
    try:
        form = NumberFormat.of_numbers(present)
    except ValueError as error:
        raise DataError(f"sequences: feature {position}: {error}") from None
    return Column(str(position), "number", number=form, missing="" if len(present) < len(values) else None)
