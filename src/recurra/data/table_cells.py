"""The cells of a table that count, read row by row and kept small: features as numbers, all else as text."""

import datetime
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recurra.data.csv_rows import Row
from recurra.data.numbers import is_number, measured, number, shortened
from recurra.data.table_columns import TableColumns
from recurra.errors import DataError


@dataclass
class TableCells:
    """What stands in the columns of a table.

    path, header: of the file. columns: what they are. labelled: whether labels are read.
    lines: of each row, the line it begins in. values: of the features, row after row. labels, groups, times, texts: of
    each row, empty where there is no such column. dates: whether times are dates.
    """

    path: str
    header: list[str]
    columns: TableColumns
    labelled: bool
    lines: list[int] = field(default_factory=list)
    values: "array[float]" = field(default_factory=lambda: array("d"))
    labels: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    dates: bool = False

    def fill(self, rows: Iterable[Row]) -> None:
        """Read the rows.

        Raises:
            DataError: a cell is not as expected, or there is no row.
        """
        places = {name: i for i, name in enumerate(self.header)}
        columns = self.columns
        features = [(name, places[name]) for name in columns.features]
        label = places[columns.label] if self.labelled and columns.label is not None else None
        group, time, text = (
            None if name is None else places[name] for name in (columns.group, columns.time, columns.text)
        )
        known: dict[str, str] = {}  # labels and groups come again and again: one string each
        for line, cells in rows:
            self.lines.append(line)
            self.values.extend(self._numbers(line, cells, features))
            if label is not None:
                cell = self._full(line, cells, label, "a label")
                if cell == "?":
                    raise DataError(
                        f"{self.path}:{line}: expected a label in column {shortened(str(columns.label))}, got '?'"
                    )
                self.labels.append(known.setdefault(cell, cell))
            if group is not None:
                cell = self._full(line, cells, group, "the name of a sequence")
                self.groups.append(known.setdefault(cell, cell))
            if time is not None:
                self.times.append(self._time(line, cells, time))
            if text is not None:
                self.texts.append(cells[text])
        if not self.lines:
            raise DataError(f"{self.path}: expected rows below the header, got none")

    def array(self) -> np.ndarray:
        """The features, (rows, I)."""
        return np.frombuffer(self.values, np.float64).reshape(len(self.lines), len(self.columns.features))

    def _numbers(self, line: int, cells: Sequence[str], features: Sequence[tuple[str, int]]) -> Iterator[float]:
        for name, place in features:
            try:
                yield measured(cells[place])
            except ValueError as error:
                column = shortened(name)
                message = str(error).replace("number, got", f"number in column {column}, got")
                raise DataError(f"{self.path}:{line}: {message}; --ignore {column} leaves the column out") from None

    def _full(self, line: int, cells: Sequence[str], place: int, what: str) -> str:
        cell = cells[place].strip()
        if not cell:
            raise DataError(
                f"{self.path}:{line}: expected {what} in column {shortened(self.header[place])}, got an empty cell"
            )
        return cell

    def _time(self, line: int, cells: Sequence[str], place: int) -> float:
        """The time of a row, a number or in seconds; all are of the kind of the first."""
        cell = cells[place].strip()
        if not self.times:
            self.dates = not is_number(cell)
        try:
            return _seconds(cell) if self.dates else number(cell)
        except ValueError:
            kind = "a date such as 2024-01-31 12:00:00" if self.dates else "a number"
            as_before = f", as in line {self.lines[0]}" if self.times else ""
            where = f"{self.path}:{line}: expected {kind} in column {shortened(self.header[place])}"
            raise DataError(f"{where}{as_before}, got {shortened(cell)}") from None


def _seconds(text: str) -> float:
    """Read a date in the form of ISO 8601."""
    if not text.isascii():
        raise ValueError("expected a date of digits")
    date = datetime.datetime.fromisoformat(text)
    if date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    return (date - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).total_seconds()
