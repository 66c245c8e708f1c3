"""Examples in CSV files with a header, in three forms: a row a step, a row a text, or a row a series."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files import csv_rows
from recurra.data.files.lines import numbered_lines
from recurra.data.files.locations import Location
from recurra.data.sequences import column_roles
from recurra.data.sequences.column_names import NONE_NAMED, ColumnNames
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.header_names import INDICES
from recurra.data.sequences.readers.table_cells import TableCells
from recurra.data.sequences.table_columns import TableColumns
from recurra.errors import DataError, quote

_FEW_ROWS = 10  # below which a column that counts may be a measurement


def read(
    path: Path, names: ColumnNames = NONE_NAMED, columns: TableColumns | None = None, labelled: bool = True
) -> Examples:
    """Read a CSV file; the names of its columns tell its form.

    - A column `sequence`, `sequence_id`, `series_id` or `id`: a row is one step of the sequence that it names; a column
      `time`, `timestamp`, `datetime`, `date` or `step` orders the steps; all others are features.
    - A column `text` or `sentence`: a row is one text.
    - Else, or where each row has another `id`, a row is one example, and its columns are the steps of a series of one
      feature.

    A column `label`, `class` or `target` (or `y`, where it is no axis beside `x` or `z`) holds the answer. Empty cells,
    "?", "NA" and NaN are missing values. Columns that number rows are left out.

    Args:
        path: the file.
        names: which columns a person has named.
        columns: what the columns of an earlier table were; this one is read alike, by name.
        labelled: whether there has to be a label; if not, none is read.

    Raises:
        DataError: names file, line and column, what was expected and what was found.
    """
    return parse(csv_rows.read(path), str(path), names, columns, labelled)


def parse(
    rows: Iterator[csv_rows.Row], path: str, names: ColumnNames, columns: TableColumns | None, labelled: bool
) -> Examples:
    """Read the rows of a CSV file, the header first; the others are as of `read`, and `path` is what errors call it."""
    first, header = next(rows)
    return build(path, first, [name.strip() for name in header], rows, names, columns, labelled)


def has_header(path: Path, names: ColumnNames, columns: TableColumns | None) -> bool:
    """Whether a file of lines is a table whose columns lie between tabs."""
    first = next(iter(numbered_lines(path)), (1, ""))[1]
    if not 0 < first.count("\t") < csv_rows.MOST_COLUMNS:
        return False
    return column_roles.is_header([cell.strip() for cell in first.split("\t")], names, columns)


def build(
    path: str,
    first: int,
    header: list[str],
    rows: Iterator[csv_rows.Row],
    names: ColumnNames,
    columns: TableColumns | None,
    labelled: bool,
) -> Examples:
    """Make examples of a table: `first` is the line of the header; the others are as of `read`."""
    where = f"{path}:{first}"
    is_new = columns is None
    if columns is None:
        columns = column_roles.guess(header, names, where, labelled)
        begin = list(islice(rows, 1))
        rows = chain(begin, rows)
        for _, cells_of_first in begin:
            column_roles.leave_out_labels(columns, header, cells_of_first)
    elif columns.in_memory:
        columns = column_roles.of_file(columns, header, names, where, labelled)
    else:
        column_roles.check(columns, header, where, labelled)
    cells = TableCells(path, header, columns, labelled)
    cells.fill(rows)
    if is_new:
        _settle(cells, names)
    if columns.form == "steps":
        return _sequences(cells, names.per_step)
    if names.per_step and labelled:
        raise DataError(
            f"{where}: expected a row a step, for a label at every step: a column sequence or id, or --group NAME"
        )
    return _rows(cells)


def _settle(cells: TableCells, names: ColumnNames) -> None:
    """See from the cells of a new table what its columns are after all."""
    columns, count = cells.columns, len(cells.lines)
    if columns.group is not None and not names.group and count > 1 and len(set(cells.groups)) == count:
        columns.left_out[columns.group] = "another in each row"
        if columns.time is not None:
            columns.left_out[columns.time] = "orders no steps"
        columns.form, columns.group, columns.time = "series", None, None
    x = cells.array()
    reasons = [_index_reason(name, values) for name, values in zip(columns.features, x.T, strict=True)]
    if all(reasons):
        return  # a table of nothing but counts is meant so
    columns.left_out |= {name: why for name, why in zip(columns.features, reasons, strict=True) if why}
    measurements = [i for i, why in enumerate(reasons) if not why]
    columns.features = [columns.features[i] for i in measurements]
    cells.values = array("d", x[:, measurements].tobytes())


def _index_reason(name: str, values: np.ndarray) -> str:
    """Why a column is one that numbers the rows; "" where it is none."""
    count = len(values)
    if count >= _FEW_ROWS and np.array_equal(values, values[0] + np.arange(count)):
        return "counts rows"
    if name.lower() in INDICES and count > 1 and len(np.unique(values)) == count:
        return "numbers rows"
    return ""


def _rows(cells: TableCells) -> Examples:
    """Examples of a row each."""
    names = [f"{cells.path}:{line}" for line in cells.lines]
    inputs: Any = cells.texts if cells.columns.form == "text" else list(cells.array()[:, :, None])  # (T, 1) each
    return Examples(inputs, cells.labels or None, names, cells.columns)


def _sequences(cells: TableCells, per_step: bool) -> Examples:
    """Examples of a sequence each, whose steps are rows."""
    numbers: dict[str, int] = {}
    groups = cells.groups or [cells.path] * len(cells.lines)
    of_row = np.asarray([numbers.setdefault(name, len(numbers)) for name in groups])
    order = np.lexsort((np.asarray(cells.times), of_row)) if cells.times else np.argsort(of_row, kind="stable")
    cuts = np.flatnonzero(np.diff(of_row[order])) + 1
    sequences = np.split(order, cuts)
    x = cells.array()
    answers: list[Any] | None = None
    if cells.labels and per_step:
        answers = [[cells.labels[row] for row in rows] for rows in sequences]
    elif cells.labels:
        answers = [_one_label(cells, sorted(rows)) for rows in sequences]
    lines = np.asarray(cells.lines)
    locations = [Location(cells.path, lines[rows]) for rows in sequences]
    return Examples([x[rows] for rows in sequences], answers, list(numbers), cells.columns, locations=locations)


def _one_label(cells: TableCells, rows: Sequence[int]) -> str:
    """The label of a sequence, which all of its rows have."""
    first = rows[0]
    for row in rows:
        if cells.labels[row] != cells.labels[first]:
            raise DataError(
                f"{cells.path}:{cells.lines[row]}: expected the label {quote(cells.labels[first])}, as in line "
                f"{cells.lines[first]} of the same sequence, got {quote(cells.labels[row])}; "
                "--per-step takes a label for each row"
            )
    return cells.labels[first]
