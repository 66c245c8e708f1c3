"""A CSV file as a table of series: what each column is, is found out; a cell that does not fit is named."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from recurra.data.files import csv_rows
from recurra.data.files.csv_rows import Row
from recurra.data.files.numbers import number
from recurra.data.tables.choices import Choices
from recurra.data.tables.column import MISSING, Column
from recurra.data.tables.finding import find_column, find_roles, is_missing, names_series
from recurra.data.tables.table import Table
from recurra.errors import DataError, quote

NONE_CHOSEN = Choices()


def read(
    path: Path, choices: Choices = NONE_CHOSEN, known: Sequence[Column] | None = None, has_gaps: bool = False
) -> Table:
    """Read a CSV file.

    Args:
        path: the file.
        choices: what a person says of its columns.
        known: the columns of an earlier table; this one is read alike.
        has_gaps: whether any cell may be missing, which is to be filled.

    Raises:
        DataError: names file, line and column, what was expected and what was found.
    """
    return parse(csv_rows.read(path), str(path), choices, known, has_gaps)


def parse(
    rows: Iterable[Row],
    source: str,
    choices: Choices,
    known: Sequence[Column] | None = None,
    has_gaps: bool = False,
) -> Table:
    """Read rows of texts, the header first; arguments as of `read`."""
    iterator = iter(rows)
    line, header = next(iterator)
    where = f"{source}:{line}"
    header = [name.strip() for name in header]
    _require_header(header, where)
    choices.require_names(header, where)
    body = list(iterator)
    if not body:
        raise DataError(f"{source}: expected rows below the header, got none")
    taken = _taken(header, choices, known, where, has_gaps)
    lines = np.asarray([number for number, _ in body])
    texts = [["" if position is None else cells[position] for _, cells in body] for position in taken]
    columns = _find(header, taken, texts, choices, where) if known is None else list(known)
    cells = _cells(columns, texts, lines, source, is_new=known is None, has_gaps=has_gaps)
    table = _grouped(columns, texts, cells, lines, source)
    require_order(table)
    return table if known is not None else _with_context(table)


def _require_header(header: Sequence[str], where: str) -> None:
    for position, name in enumerate(header):
        if name in header[:position]:
            raise DataError(f"{where}: expected each column once, got {quote(name)} twice")
    numbers = [name for name in header if _is_plain_number(name)]
    counted = [str(position) for position in range(len(header))]
    if numbers and list(header) != counted:
        raise DataError(
            f"{where}: expected a header, the names of the columns, got numbers: {', '.join(numbers[:8])}; "
            "put a line of names first"
        )


def _is_plain_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return True


def _taken(
    header: Sequence[str], choices: Choices, known: Sequence[Column] | None, where: str, has_gaps: bool
) -> list[int | None]:
    """The positions of the columns that are read, in the order in which they are kept; None of one to be made."""
    if known is None:
        return [position for position, name in enumerate(header) if name not in choices.ignored]
    missing = [column.name for column in known if column.name not in header]
    if missing and not has_gaps:
        raise DataError(f"{where}: expected the columns of the training, got none named {', '.join(missing)}")
    return [list(header).index(column.name) if column.name in header else None for column in known]


def _find(
    header: Sequence[str], taken: Sequence[int | None], texts: Sequence[Sequence[str]], choices: Choices, where: str
) -> list[Column]:
    columns: list[Column] = []
    for position, cells in zip(taken, texts, strict=True):
        assert position is not None  # which only one of known columns may be
        name = header[position]
        if names_series(name, cells, choices) and all(column.role != "series" for column in columns):
            columns.append(Column(name, "category", "series"))
        else:
            columns.append(find_column(name, cells, choices.kinds.get(name), where))
    roles = find_roles(columns, texts, choices, where)
    return [replace(column, role=role) for column, role in zip(columns, roles, strict=True)]


def _cells(
    columns: Sequence[Column],
    texts: Sequence[Sequence[str]],
    lines: np.ndarray,
    source: str,
    is_new: bool,
    has_gaps: bool,
) -> np.ndarray:
    """All cells as whole numbers, (rows, columns); the first bad cell from the top is the error."""
    cells = np.empty((len(lines), len(columns)), np.int64)
    bad: list[tuple[int, int, str]] = []  # line, column, message
    for position, (column, texts_of_column) in enumerate(zip(columns, texts, strict=True)):
        known: dict[str, int] = {}
        for row, text in enumerate(texts_of_column):
            if text not in known:
                try:
                    known[text] = _units(column, text, is_new, has_gaps)
                except ValueError as error:
                    bad.append((int(lines[row]), position, str(error)))
                    break
            cells[row, position] = known[text]
    if bad:
        line, position, message = min(bad)
        name = columns[position].name
        raise DataError(f"{source}:{line}: {message.replace(', got', f' in column {name}, got', 1)}")
    return cells


def _units(column: Column, text: str, is_new: bool, has_gaps: bool) -> int:
    """A cell as a whole number.

    Raises:
        ValueError: it is of another kind.
    """
    if column.role == "series":
        return 0  # which series a row is of stands in the table
    if is_missing(text, column.kind):
        is_needed = column.role in ("order", "count") or (column.missing is None and not is_new)
        if is_needed and not has_gaps:
            raise ValueError(f"expected {_what(column)}, got an empty cell")
        return MISSING
    if column.kind == "category":
        text = text.strip()
        if text not in column.categories:
            raise ValueError(f"expected one of {', '.join(column.categories[:8])}, got {quote(text)}")
        return column.categories.index(text)
    if column.time is not None:
        return column.time.units(text)
    return column.number.units(number(text))


def _what(column: Column) -> str:
    return {"number": "a number", "time": "a time stamp", "category": "a category"}[column.kind]


def _grouped(
    columns: Sequence[Column], texts: Sequence[Sequence[str]], cells: np.ndarray, lines: np.ndarray, source: str
) -> Table:
    """Bring the rows of each series together, in the order in which the series begin."""
    series = next((position for position, column in enumerate(columns) if column.role == "series"), None)
    if series is None:
        return Table(columns, cells, np.asarray([0, len(cells)]), source, lines)
    numbers: dict[str, int] = {}
    of_row = np.asarray([numbers.setdefault(text.strip(), len(numbers)) for text in texts[series]])
    empty = numbers.get("")
    if empty is not None:
        line = lines[np.flatnonzero(of_row == empty)[0]]
        raise DataError(
            f"{source}:{line}: expected the name of a series in column {columns[series].name}, got an empty cell"
        )
    cells[:, series] = of_row
    named = [replace(column, categories=list(numbers)) if column.role == "series" else column for column in columns]
    order = np.argsort(of_row, kind="stable")
    starts = np.searchsorted(of_row[order], np.arange(len(numbers) + 1))
    return Table(named, cells[order], starts, source, lines[order])


def require_order(table: Table) -> None:
    """Refuse time stamps that go backward in a series.

    Raises:
        DataError: names the row.
    """
    for column in table.columns:
        if column.role != "order":
            continue
        stamps = table.cells_of(column.name)
        is_back = (stamps[1:] < stamps[:-1]) & (stamps[1:] != MISSING)
        is_back[table.starts[1:-1] - 1] = False  # from one series to the next
        rows = np.flatnonzero(is_back)
        if len(rows):
            row = int(rows[0]) + 1
            before, after = column.text(int(stamps[row - 1])), column.text(int(stamps[row]))
            raise DataError(
                f"{table.where(row)}: expected a time stamp of at least {before} in column {column.name}, as in "
                f"the row before it, got {quote(after)}"
            )


def _with_context(table: Table) -> Table:
    """Find the columns that do not change in any of several series."""
    if len(table) < 2:
        return table
    columns = list(table.columns)
    for position, column in enumerate(columns):
        changes = np.diff(table.cells[:, position]) != 0
        changes[table.starts[1:-1] - 1] = False
        if column.role == "value" and not changes.any() and bool((table.lengths > 1).any()):
            columns[position] = replace(column, is_context=True)
    return replace(table, columns=columns)
