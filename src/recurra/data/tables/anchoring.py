"""Columns that rise from row to row, made between and after rows in which they are known."""

from itertools import pairwise

import numpy as np

from recurra.data.tables.column import MISSING
from recurra.errors import DataError


def anchored(made: np.ndarray, known: np.ndarray, starts: np.ndarray, strict: bool, name: str) -> np.ndarray:
    """Let a column rise through the cells that are known, by the gaps that were made.

    Args:
        made: cells that rise, (rows,).
        known: cells that stay as they are, (rows,); `MISSING` where there is none.
        starts: the first row of each series, and the number of rows, (N + 1,).
        strict: whether every row has to be larger than the one before.
        name: of the column, for errors.

    Raises:
        DataError: there is too little room between two known cells.
    """
    risen = made.copy()
    for start, end in pairwise(starts):
        rows = [row for row in range(start, end) if known[row] != MISSING]
        for row, after in zip([None, *rows], [*rows, None], strict=True):
            first = start if row is None else row
            last = end if after is None else after
            if row is not None:
                risen[row:last] = known[row] + made[row:last] - made[row]
            elif after is not None:
                risen[first:last] = known[after] + made[first:last] - made[after]
            if row is not None and after is not None:
                _fit(risen, row, after, int(known[after]), strict, name)
    return risen


def _fit(risen: np.ndarray, row: int, after: int, most: int, strict: bool, name: str) -> None:
    """Keep the cells between two known rows below the second."""
    steps = np.arange(after - row, 0, -1) if strict else np.zeros(after - row, np.int64)
    if most - int(risen[row]) < int(steps[0]):
        raise DataError(
            f"given: expected room for {after - row - 1} rows in column {name}, got one of {most - int(risen[row])}"
        )
    risen[row:after] = np.minimum(risen[row:after], most - steps)
