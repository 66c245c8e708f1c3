"""The rows of a CSV file, each with the line it begins in; cells lie between commas, semicolons, tabs or bars."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from recurra.data.files.lines import numbered_lines
from recurra.errors import DataError

MOST_COLUMNS = 1_000_000
_LONGEST_CELL = 1 << 28  # characters; the csv module's own limit is 131,072
_DELIMITERS = ",;\t|"

Row = tuple[int, list[str]]  # the line it begins in, and its cells


def read(path: Path) -> Iterator[Row]:
    """Give the rows of a file, the header first; empty lines are left out.

    A cell between quotes may hold delimiters and line ends. The delimiter is the one that is most often in the header.

    Raises:
        DataError: the file is empty, a row has more or fewer cells than the header, a quote does not end, or a row is
            larger than this reads; names file and line.
    """
    return rows_of(numbered_lines(path, empty=True), str(path))


def rows_of(lines: Iterator[tuple[int, str]], path: str) -> Iterator[Row]:
    """Give the rows of numbered lines, empty ones among them; as of `read`, and `path` is what errors call them."""
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is None:
        raise DataError(f"{path}: expected a header and rows, got an empty file")
    delimiter = max(_DELIMITERS, key=first[1].count)
    if re.fullmatch("sep=[,;\t|]", first[1].strip(" "), re.IGNORECASE):  # what some spreadsheets write first
        delimiter = first[1].strip(" ")[-1]
        first = next(lines, first)
    width = 0
    for number, cells in _parsed(path, first, lines, delimiter):
        if not cells or (width > 1 and len(cells) == 1 and not cells[0].strip()):
            continue
        width = width or len(cells)
        if len(cells) != width:
            raise DataError(f"{path}:{number}: expected {width:,} columns as in the header, got {len(cells):,}")
        yield number, cells


def _parsed(path: str, first: tuple[int, str], lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[Row]:
    """Let the csv module parse the lines, and keep where each row begins."""
    taken = 0  # the line that the parser has read last

    def feed() -> Iterator[str]:
        nonlocal taken
        for taken, line in chain([first], lines):
            if len(line) >= MOST_COLUMNS:
                _refuse_columns(path, taken, line, delimiter)
            yield line + "\n"

    parser = csv.reader(feed(), delimiter=delimiter, strict=True, skipinitialspace=True)
    begin = first[0]
    with _long_cells():
        while True:
            try:
                cells = next(parser)
            except StopIteration:
                return
            except csv.Error as error:
                raise DataError(f"{path}:{begin}: expected cells as in CSV files, got: {_explained(error)}") from None
            yield begin, cells
            begin = taken + 1


def _refuse_columns(path: str, number: int, line: str, delimiter: str) -> None:
    """Refuse a line that would take many times its size as cells."""
    count = 1 + sum(part.count(delimiter) for part in line.split('"')[::2])  # those that stand outside of quotes
    if count > MOST_COLUMNS:
        raise DataError(f"{path}:{number}: expected at most {MOST_COLUMNS:,} columns, got {count:,}")


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be long; the module's limit is one for all that use it, and is put back."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _explained(error: csv.Error) -> str:
    message = str(error)
    if "unexpected end of data" in message:
        return "a quote that does not end"
    if "new-line character" in message:
        return "a carriage return without a line feed"
    if "field limit" in message:
        return f"a cell of over {_LONGEST_CELL:,} characters"
    return message
