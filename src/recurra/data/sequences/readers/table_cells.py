"""The cells of a table that count, read row by row and kept small: features as numbers, all else as text."""

import datetime
import shlex
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from recurra.data.files.csv_rows import Row
from recurra.data.files.numbers import is_measured, is_number, measured, number
from recurra.data.sequences.table_columns import TableColumns
from recurra.errors import DataError, quote

_SHOWN, _SHOWN_NAME = 8, 40  # columns in an error, and characters of a name


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
        positions = {name: i for i, name in enumerate(self.header)}
        columns = self.columns
        features = [(name, positions[name]) for name in columns.features]
        label = positions[columns.label] if self.labelled and columns.label is not None else None
        group, time, text = (
            None if name is None else positions[name] for name in (columns.group, columns.time, columns.text)
        )
        known: dict[str, str] = {}  # labels and groups come again and again: one string each
        for line, cells in rows:
            self.lines.append(line)
            if features:
                self.values.extend(self._numbers(line, cells, features))
            if label is not None:
                cell = cells[label].strip()
                if cell in ("", "?"):
                    self._refuse_missing_label(line, cell, label)
                self.labels.append(known.setdefault(cell, cell))
            if group is not None:
                cell = cells[group].strip()
                if not cell:
                    self._refuse_empty(line, "the name of a sequence", group)
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
        for name, position in features:
            try:
                yield measured(cells[position])
            except ValueError as error:
                message = str(error).replace("number, got", f"number in column {quote(name)}, got")
                raise DataError(
                    f"{self.path}:{line}: {message}; {_hint(cells, features, len(self.lines) == 1)}"
                ) from None

    def _refuse_missing_label(self, line: int, cell: str, position: int) -> NoReturn:
        if not cell:
            self._refuse_empty(line, "a label", position)
        raise DataError(f"{self.path}:{line}: expected a label in column {quote(self.header[position])}, got '?'")

    def _refuse_empty(self, line: int, what: str, position: int) -> NoReturn:
        column = quote(self.header[position])
        raise DataError(f"{self.path}:{line}: expected {what} in column {column}, got an empty cell")

    def _time(self, line: int, cells: Sequence[str], position: int) -> float:
        """The time of a row, a number or in seconds; all are of the kind of the first."""
        cell = cells[position].strip()
        if not self.times:
            self.dates = not is_number(cell)
        try:
            return _seconds(cell) if self.dates else number(cell)
        except ValueError:
            kind = "a date such as 2024-01-31 12:00:00" if self.dates else "a number"
            as_before = f", as in line {self.lines[0]}" if self.times else ""
            where = f"{self.path}:{line}: expected {kind} in column {quote(self.header[position])}"
            raise DataError(f"{where}{as_before}, got {quote(cell)}") from None


def _hint(cells: Sequence[str], features: Sequence[tuple[str, int]], first: bool) -> str:
    """What to do about the cells of a row that hold text where features are expected; maybe of the first row."""
    names = [name for name, position in features if not is_measured(cells[position])]
    shown = ",".join(name if len(name) <= _SHOWN_NAME else quote(name) for name in names[:_SHOWN])
    if len(names) > _SHOWN:
        return f"{len(names)} columns hold text, such as {shown}: --ignore leaves columns out, between commas"
    ignored = shlex.quote(shown) if shown.isprintable() else shown
    columns = "the column" if len(names) == 1 else "these columns"
    text = f", --text {shlex.quote(names[0])} takes each row as a text" if first and len(features) == 1 else ""
    return f"--ignore {ignored} leaves {columns} out{text}"


def _seconds(text: str) -> float:
    """Read a date in the form of ISO 8601."""
    if not text.isascii():
        raise ValueError("expected a date of digits")
    date = datetime.datetime.fromisoformat(text)
    if date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    return (date - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).total_seconds()
