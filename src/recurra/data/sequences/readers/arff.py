"""Examples in the .arff files of Weka, in which the UCR and UEA archives give their series too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from recurra.data.files.csv_rows import MOST_COLUMNS, Row
from recurra.data.files.lines import numbered_lines
from recurra.data.sequences.column_names import ColumnNames
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.header_names import LABELS
from recurra.data.sequences.readers import tables
from recurra.data.sequences.readers.parallel_series import read_series
from recurra.data.sequences.table_columns import TableColumns
from recurra.errors import DataError, quote

# a cell: between single or double quotes, in which a backslash takes the next character as it is; or up to the comma
_CELL = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,]*))\s*(,|$)""", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_ATTRIBUTE = re.compile(r"""@attribute\s+(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\S+))\s+(\S.*)""", re.IGNORECASE)


@dataclass
class _Attributes:
    """What the columns of a file are.

    names, kinds: of each column, its kind in small letters. relational: the column of series of several features, whose
    names are those of `within`; None where each number is a column.
    """

    names: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    relational: str | None = None
    within: int = 0
    last_line: int = 1


def read(path: Path, names: ColumnNames, columns: TableColumns | None, labelled: bool) -> Examples:
    """Read a file as the table that it is, see `tables.read`; or with a relational attribute, as series of features.

    The label is the attribute called `class`, `label` or `target`, else the last one if it has a list of values.

    Raises:
        DataError: names file and line, what was expected and what was found.
    """
    attributes = _Attributes()
    rows = _rows(path, attributes)
    first = next(rows, None)
    if first is None:
        raise DataError(f"{path}: expected rows after a line @data, got none")
    named = replace(names, label=names.label or _label(attributes))
    chained = _behind(first, rows)
    if attributes.relational is not None:
        return _series(path, chained, attributes, named.label, labelled)
    return tables.build(str(path), attributes.last_line, attributes.names, chained, named, columns, labelled)


def _behind(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _label(attributes: _Attributes) -> str:
    """The usual name of a label, or the last attribute if it is one of classes; else nothing."""
    usual = [name for name in attributes.names if name.lower() in LABELS and name.lower() != "y"]
    if len(usual) == 1:
        return usual[0]
    return attributes.names[-1] if attributes.kinds[-1].startswith("{") else ""


def _rows(path: Path, attributes: _Attributes) -> Iterator[Row]:
    """Fill in the attributes, and give the rows behind them."""
    in_data = in_relation = False
    for number, line in numbered_lines(path):
        line = line.strip()
        where = f"{path}:{number}"
        word = line[:20].lower()
        if line.startswith("%") or not line:
            continue
        if in_data:
            yield number, _cells(line, len(attributes.names), where)
        elif word.startswith("@attribute"):
            _add(attributes, line, in_relation, where)
            in_relation = in_relation or (attributes.kinds[-1] == "relational" and attributes.within == 0)
            attributes.last_line = number
        elif word.startswith("@end"):
            in_relation = False
        elif word.startswith("@data"):
            in_data = True
            if not attributes.names:
                raise DataError(f"{where}: expected @attribute lines before @data, got none")
        elif not word.startswith("@relation"):
            raise DataError(f"{where}: expected @attribute, @relation or @data, got {quote(line)}")


def _add(attributes: _Attributes, line: str, in_relation: bool, where: str) -> None:
    parts = _ATTRIBUTE.match(line)
    if parts is None:
        raise DataError(f"{where}: expected @attribute NAME TYPE, got {quote(line)}")
    if in_relation:
        attributes.within += 1
        return
    name = next(part for part in parts.groups()[:3] if part is not None)
    kind = parts[4].strip().lower()
    if kind == "relational":
        if attributes.relational is not None:
            raise DataError(f"{where}: expected at most one relational attribute, got two")
        attributes.relational = name
    attributes.names.append(name)
    attributes.kinds.append(kind)


def _cells(line: str, count: int, where: str) -> list[str]:
    """The cells of a row."""
    if line.startswith("{"):
        raise DataError(f"{where}: expected a row of {count} cells, got a sparse one, which is not supported")
    if line.count(",") >= MOST_COLUMNS and "'" not in line and '"' not in line:
        raise DataError(f"{where}: expected at most {MOST_COLUMNS:,} columns, got {line.count(',') + 1:,}")
    cells: list[str] = []
    position = 0
    while len(cells) <= count:
        cell = _CELL.match(line, position)
        if cell is None:
            raise DataError(f"{where}: expected cells between commas, got {quote(line[position : position + 100])}")
        single, double, plain, end = cell.groups()
        quoted = single if single is not None else double
        cells.append(plain.strip() if quoted is None else _unescaped(quoted))
        position = cell.end()
        if not end:
            break
    if len(cells) != count:
        got = len(cells) if len(cells) < count else f"over {count}"
        raise DataError(f"{where}: expected {count} cells, as there are attributes, got {got}")
    return cells


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text, flags=re.DOTALL)


def _series(path: Path, rows: Iterator[Row], attributes: _Attributes, label: str, labelled: bool) -> Examples:
    """Examples of a relational attribute: a line of each row's cell is a feature, its values the steps."""
    if labelled and label not in attributes.names:
        got = ", ".join(attributes.names)
        raise DataError(f"{path}:{attributes.last_line}: expected an attribute {label or 'class'!r}, got {got}")
    assert attributes.relational is not None
    position = attributes.names.index(attributes.relational)
    inputs: list[np.ndarray] = []
    answers: list[str] = []
    locations: list[str] = []
    for number, cells in rows:
        where = f"{path}:{number}"
        x = _features(cells[position], where)
        if inputs and x.shape[1] != inputs[0].shape[1]:
            raise DataError(f"{where}: expected {inputs[0].shape[1]} features as in {locations[0]}, got {x.shape[1]}")
        inputs.append(x)
        locations.append(where)
        if labelled:
            answers.append(cells[attributes.names.index(label)])
            if not answers[-1] or answers[-1] == "?":
                raise DataError(f"{where}: expected a label in attribute {label!r}, got {answers[-1]!r}")
    return Examples(inputs, answers or None, locations)


def _features(cell: str, where: str) -> np.ndarray:
    """The features of one example, (T, I)."""
    largest = max(cell.count(mark) for mark in ",\n")
    if largest >= MOST_COLUMNS:
        raise DataError(f"{where}: expected at most {MOST_COLUMNS:,} values in a cell, got over {largest:,}")
    return read_series(cell.strip().split("\n"), where, "feature")
