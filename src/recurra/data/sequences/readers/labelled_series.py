"""A label and then a series of numbers on each line, as in the .tsv files of the UCR archive (2018)."""

import re
from pathlib import Path

import numpy as np

from recurra.data.files.csv_rows import MOST_COLUMNS
from recurra.data.files.lines import numbered_lines
from recurra.data.files.numbers import is_number, measured
from recurra.data.sequences.examples import Examples
from recurra.errors import DataError

_BEGINNING = 4096  # characters of a line that tell what it is


def begins(path: Path) -> bool:
    """Whether the first line of a file is a label and at least two numbers."""
    first = next(iter(numbered_lines(path)), (1, ""))[1]
    label, *cells = _cells(first[:_BEGINNING])
    if len(first) > _BEGINNING:
        cells = cells[:-1]  # which may be cut
    try:
        values = [measured(cell) for cell in cells]
    except ValueError:
        return False
    return bool(label) and len(values) > 1 and not np.isnan(values[0])


def read(path: Path) -> Examples:
    """Read a file; cells lie between tabs, commas or spaces.

    Series of unequal length are filled up with NaN at their ends, which is left out.

    Raises:
        DataError: a line is something else; names file and line.
    """
    inputs, labels, names = [], [], []
    for number, line in numbered_lines(path):
        where = f"{path}:{number}"
        if _count(line) > MOST_COLUMNS:
            raise DataError(f"{where}: expected at most {MOST_COLUMNS:,} columns, got {_count(line):,}")
        label, *cells = _cells(line)
        if label.lower() in ("", "?", "nan"):
            raise DataError(f"{where}: expected a label and then numbers, got {label!r}")
        try:
            values = np.asarray([measured(cell) for cell in cells], np.float64)
        except ValueError as error:
            raise DataError(f"{where}: expected a label and then numbers, as in the first line: {error}") from None
        known = np.flatnonzero(~np.isnan(values))
        if not len(known):
            raise DataError(f"{where}: expected a label and then numbers, got none")
        inputs.append(values[: known[-1] + 1, None])
        labels.append(_label(label))
        names.append(where)
    return Examples(inputs, labels, names)


def _cells(line: str) -> list[str]:
    line = line.strip(" \r\n")
    separator = next((mark for mark in "\t," if mark in line), None)
    cells = re.split(" +", line) if separator is None else line.split(separator)
    return [cell.strip() for cell in cells]


def _count(line: str) -> int:
    return 1 + max(line.count(mark) for mark in "\t, ")


def _label(text: str) -> str:
    """A class as it stands, but "1.0000000e+00" as "1"."""
    if is_number(text) and float(text).is_integer():
        return str(int(float(text)))
    return text
