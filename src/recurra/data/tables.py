"""Examples in CSV files with a header, in three forms: a row a step, a row a text, or a row a series."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.examples import Examples
from recurra.data.text import read_pieces
from recurra.errors import DataError

SEQUENCE, TEXT, LABEL = ("sequence", "id"), ("text", "sentence"), ("label", "class", "target", "y")
MISSING = ("", "?", "nan", "na", "null")

Rows = list[tuple[str, list[str]]]  # "file:line", cells


def read(path: Path) -> Examples:
    """Read a CSV file; its columns tell its form.

    - A column `sequence` or `id`: a row is one step of the sequence that it names; all other columns are features.
    - A column `text` or `sentence`: a row is one text.
    - Else a row is one example, and its columns are the steps of a series of one feature.

    A column `label`, `class`, `target` or `y` holds the answer; where it changes within a sequence, there is one at
    every step. Empty cells, "?" and NaN are missing values.

    Raises:
        DataError: names file, line and column, what was expected and what was found.
    """
    header, rows = _rows(path)
    at = {kind: _column(header, names) for kind, names in (("id", SEQUENCE), ("text", TEXT), ("label", LABEL))}
    label = at["label"]
    answers = None if label is None else [cells[label] for _, cells in rows]
    names = [where for where, _ in rows]
    if at["id"] is not None:
        return _long(header, rows, at["id"], label)
    if at["text"] is not None:
        return Examples([cells[at["text"]] for _, cells in rows], answers, names)
    columns = [i for i in range(len(header)) if i != label]
    return Examples([_numbers(header, row, columns)[:, None] for row in rows], answers, names)


def _rows(path: Path) -> tuple[list[str], Rows]:
    content = "".join(read_pieces([path]))
    if not content.strip():
        raise DataError(f"{path}: expected a header and rows, got an empty file")
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=max(",;\t", key=content.split("\n")[0].count))
    header = [name.strip() for name in next(reader)]
    rows = []
    for cells in reader:
        if cells:
            rows.append((f"{path}:{reader.line_num}", cells))
            if len(cells) != len(header):
                raise DataError(f"{rows[-1][0]}: expected {len(header)} columns as in the header, got {len(cells)}")
    if not rows:
        raise DataError(f"{path}: expected rows below the header, got none")
    return header, rows


def _column(header: list[str], names: Sequence[str]) -> int | None:
    lowered = [name.lower() for name in header]
    return next((lowered.index(name) for name in names if name in lowered), None)


def _numbers(header: list[str], row: tuple[str, list[str]], columns: list[int]) -> np.ndarray:
    where, cells = row
    values = []
    for i in columns:
        text = cells[i].strip()
        try:
            values.append(float("nan" if text.lower() in MISSING else text))
        except ValueError:
            raise DataError(f"{where}: expected a number in column {header[i]!r}, got {text!r}") from None
    return np.asarray(values, np.float32)


def _long(header: list[str], rows: Rows, id_column: int, label: int | None) -> Examples:
    columns = [i for i in range(len(header)) if i not in (id_column, label)]
    if not columns:
        raise DataError(f"{rows[0][0]}: expected columns of features beside {header[id_column]!r}, got none")
    steps: dict[str, list[np.ndarray]] = {}
    labels: dict[str, list[str]] = {}
    for row in rows:
        name = row[1][id_column]
        steps.setdefault(name, []).append(_numbers(header, row, columns))
        if label is not None:
            labels.setdefault(name, []).append(row[1][label])
    answers: list[Any] | None = list(labels.values()) or None
    if answers and all(len(set(own)) == 1 for own in answers):
        answers = [own[0] for own in answers]
    return Examples([np.stack(own) for own in steps.values()], answers, list(steps))
