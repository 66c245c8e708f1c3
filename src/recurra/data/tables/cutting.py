"""Tables divided so that nothing leaks: one long series in time, many series whole; and windows cut from each part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recurra.data.batches import hold_out
from recurra.data.tables.column import MISSING
from recurra.data.tables.table import Table
from recurra.errors import DataError

_OVERLAPPING = 0.1  # share of the series that may go on with rows of another by chance
_FEWEST = 2  # rows that two series share at least, to overlap


def divide(table: Table, fraction: float, seed: int) -> tuple[Table, Table | None]:
    """Hold out a share of a table: of a single series its end, else whole series.

    Args:
        table: of one or many series.
        fraction: to hold out; 0 holds out none.
        seed: of the choice of series.

    Returns:
        What is learnt from, and what is held out; None where that would be nothing.

    Raises:
        DataError: the series are windows of one series that overlap, so that what is held out would be learnt from.
    """
    if not fraction:
        return table, None
    if len(table) == 1:
        rows = len(table.cells)
        cut = rows - round(rows * fraction)
        return (table.rows(0, cut), table.rows(cut, rows)) if 2 <= cut < rows - 1 else (table, None)
    require_apart(table)
    learnt, held_out = hold_out(None, len(table), fraction, seed)
    return table.select(learnt), table.select(held_out)


def draw_parts(table: Table, count: int, length: int | None, seed: int) -> Table:
    """Draw series of a table, each once at most; or of a single series parts, no two of which begin in the same row.

    Args:
        table: of one or many series.
        count: how many; fewer where there are fewer.
        length: rows of a part at most; None takes whole series.
        seed: of the drawing.
    """
    generator = np.random.default_rng(seed)
    if len(table) > 1 or length is None:
        chosen = table.select(generator.permutation(len(table))[:count])
        return chosen if length is None else _first_rows(chosen, length)
    firsts = generator.permutation(max(1, len(table.cells) - length + 1))[:count]
    parts = [table.cells[first : first + length] for first in firsts.tolist()]
    return _joined(table, parts)


def _first_rows(table: Table, length: int) -> Table:
    return _joined(table, [cells[:length] for cells in table.series()])


def _joined(table: Table, parts: Sequence[np.ndarray]) -> Table:
    """A table of the same columns whose series are these parts, (T, columns) each."""
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return Table(table.columns, np.concatenate(parts), starts, table.source)


def require_apart(table: Table, other: Table | None = None) -> None:
    """Refuse series that are windows of one series and overlap.

    Args:
        table: of many series.
        other: what is held out; None compares the series of `table` with each other.

    Raises:
        DataError: they do.
    """
    share = _overlapping_share(table, table if other is None else other)
    if share > _OVERLAPPING:
        raise DataError(
            f"{table.source or 'series'}: expected series without common rows, got windows of one series that overlap "
            f"({share:.0%} of them go on with rows of another): shuffled over training and test these leak; give the "
            "series itself, which is divided in time before windows are cut (--window)"
        )


def _overlapping_share(table: Table, other: Table) -> float:
    """The share of the series of `other` that begin inside a series of `table` and are alike to its end."""
    values = [i for i, column in enumerate(table.columns) if column.role == "value" and not column.is_context]
    if not values:
        return 0.0
    where: dict[bytes, list[tuple[int, int]]] = {}
    series = [np.ascontiguousarray(part[:, values]) for part in table.series()]
    others = series if other is table else [np.ascontiguousarray(part[:, values]) for part in other.series()]
    for number, part in enumerate(series):
        for row in range(len(part)):
            where.setdefault(part[row].tobytes(), []).append((number, row))
    count = sum(
        any(
            (part is not series[number]) and _goes_on(series[number], row, part)
            for number, row in where.get(part[0].tobytes(), [])[:20]
        )
        for part in others
        if len(part) >= _FEWEST
    )
    return count / max(len(others), 1)


def _goes_on(before: np.ndarray, row: int, after: np.ndarray) -> bool:
    """Whether a series goes on with the rows that another has from some row to its end."""
    shared = min(len(before) - row, len(after))
    if shared < _FEWEST or len(np.unique(after[:shared], axis=0)) < _FEWEST:
        return False
    return bool((before[row : row + shared] == after[:shared]).all())


@dataclass(frozen=True)
class WindowIndex:
    """Windows cut from encoded series.

    Attributes:
        rows: of all series, one after the other, (R, F) float32.
        starts: the first row of each window, (N,).
        lengths: rows of each window, (N,).
        before: rows of its series that precede each window, (N,).
        series: that each window is from, (N,).
    """

    rows: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    before: np.ndarray
    series: np.ndarray

    @classmethod
    def cut(cls, steps: Sequence[np.ndarray], window: int, stride: int = 1, with_last: bool = True) -> "WindowIndex":
        """Cut every series into windows.

        Args:
            steps: of each series, (T, F).
            window: rows of a window; a shorter series is one window.
            stride: rows from one window to the next.
            with_last: whether the last rows are a window, too, where that is nearer to the one before it.
        """
        offsets = np.concatenate([[0], np.cumsum([len(part) for part in steps])])
        inside, series = list[int](), list[int]()
        for number, part in enumerate(steps):
            last = max(len(part) - window, 0)
            firsts = sorted({*range(0, last + 1, stride), *([last] if with_last else [])})
            inside += firsts
            series += [number] * len(firsts)
        before, of_series = np.asarray(inside), np.asarray(series)
        lengths = np.minimum([len(part) for part in steps], window)[of_series]
        return cls(np.concatenate(list(steps)), offsets[of_series] + before, lengths, before, of_series)

    def __len__(self) -> int:
        return len(self.starts)

    def gather(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give some windows side by side, (B, T, F) with zeros after their ends, and their lengths, (B,)."""
        return self._gather(self.starts[windows], self.lengths[windows])

    def gather_before(self, windows: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the rows that precede some windows, `most` at most, as `gather` does; none are one row of zeros."""
        lengths = np.minimum(self.before[windows], most)
        return self._gather(self.starts[windows] - lengths, lengths)

    def _gather(self, starts: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        steps = np.arange(max(1, int(lengths.max(initial=0))))
        inside = steps < lengths[:, None]  # (B, T)
        gathered = self.rows[np.where(inside, starts[:, None] + steps, 0)]  # (B, T, F)
        return np.where(inside[..., None], gathered, 0).astype(np.float32), lengths


def is_missing_row(table: Table) -> np.ndarray:
    """Which rows have no cell in any column of values that changes: they are gaps to fill, (rows,)."""
    changing = [i for i, column in enumerate(table.columns) if column.role == "value" and not column.is_context]
    if not changing:
        return np.zeros(len(table.cells), bool)
    missing: np.ndarray = (table.cells[:, changing] == MISSING).all(1)
    return missing
