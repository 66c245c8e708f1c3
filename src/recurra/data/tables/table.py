"""A table of series: cells as whole numbers, and which rows are a series."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files import atomic
from recurra.data.files.fingerprint import fingerprint
from recurra.data.tables.column import Column


@dataclass(frozen=True)
class Table:
    """Rows of one or many series; the rows of a series stand together.

    Attributes:
        columns: in the order of the file.
        cells: whole numbers, (rows, columns) int64; see `Column`.
        starts: the first row of each series, and behind them the number of rows, (N + 1,).
        source: file or data set; "" in memory.
        lines: of each row, where it stands in the file, (rows,); None in memory.
    """

    columns: Sequence[Column]
    cells: np.ndarray
    starts: np.ndarray
    source: str = ""
    lines: np.ndarray | None = field(default=None, compare=False)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Rows of each series, (N,)."""
        return np.diff(self.starts)

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of a name."""
        return self.columns[self.header.index(name)]

    def cells_of(self, name: str) -> np.ndarray:
        """The cells of a column, (rows,)."""
        cells: np.ndarray = self.cells[:, self.header.index(name)]
        return cells

    def series(self) -> list[np.ndarray]:
        """The cells of each series, (T, columns)."""
        return np.split(self.cells, self.starts[1:-1])

    def series_of_row(self) -> np.ndarray:
        """The position of the series of each row, (rows,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def where(self, row: int) -> str:
        """Name a row for an error."""
        if self.lines is not None:
            return f"{self.source}:{self.lines[row]}"
        return f"{self.source or 'series'}: row {row + 1}"

    def select(self, series: Any) -> "Table":
        """Take some series."""
        rows = [np.arange(self.starts[i], self.starts[i + 1]) for i in series]
        starts = np.concatenate([[0], np.cumsum([len(part) for part in rows])]).astype(np.int64)
        taken = np.concatenate(rows) if rows else np.arange(0)
        lines = None if self.lines is None else self.lines[taken]
        return Table(self.columns, self.cells[taken], starts, self.source, lines)

    def rows(self, first: int, end: int) -> "Table":
        """Take the rows from `first` up to `end` of a table of one series."""
        lines = None if self.lines is None else self.lines[first:end]
        return Table(self.columns, self.cells[first:end], np.asarray([0, end - first]), self.source, lines)

    def fingerprint(self) -> str:
        """Give a hash of the columns and all cells."""
        return fingerprint([repr(column) for column in self.columns], self.cells, self.starts)

    # --- what a person takes out -----------------------------------------------------------------------------------

    def texts(self) -> list[list[str]]:
        """The rows as texts, as the file has them."""
        written = []
        for column, cells in zip(self.columns, self.cells.T, strict=True):
            known = {int(units): column.text(int(units)) for units in np.unique(cells)}
            written.append([known[units] for units in cells.tolist()])
        return [list(row) for row in zip(*written, strict=True)]

    def csv(self) -> str:
        """The table as a CSV file, with its header."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.texts())
        return text.getvalue()

    def write_csv(self, path: str | Path) -> None:
        """Write a CSV file, whole or not at all.

        Raises:
            DataError: it cannot be written.
        """
        atomic.write_text(Path(path), self.csv())

    def arrays(self) -> list[np.ndarray]:
        """The numbers of each series, (T, I) float64 of the columns that hold values; categories as their positions."""
        held = [column for column in self.columns if column.role in ("value", "order")]
        numbers = [column.number.value(self.cells_of(column.name)) for column in held]
        values = np.stack(numbers, -1) if numbers else np.zeros((len(self.cells), 0))
        for position, column in enumerate(held):
            values[self.cells_of(column.name) == np.iinfo(np.int64).min, position] = np.nan
        return np.split(values, self.starts[1:-1])

    def frame(self) -> Any:
        """The table as a frame of pandas, which has to be installed."""
        import pandas

        return pandas.DataFrame({column.name: column.values(self.cells_of(column.name)) for column in self.columns})
