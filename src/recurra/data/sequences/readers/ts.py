"""Time series in the .ts files of the UCR and UEA archives (timeseriesclassification.com), read strictly."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recurra.data.files.csv_rows import MOST_COLUMNS
from recurra.data.files.lines import numbered_lines
from recurra.data.files.numbers import number
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.readers.parallel_series import read_series
from recurra.errors import DataError, quote

Header = dict[str, list[str]]  # what stands behind each name, in small letters, of the lines before @data

_BETWEEN_DIMENSIONS = re.compile(r"(?<=\)):(?=\()")  # where values have time stamps, which hold ":" too


def read(path: Path) -> Examples:
    """Read a .ts file.

    A line of data is one example: its dimensions, separated by ":", each the values of all steps, separated by ",", and
    last, where the header says so, its class or its number. "?" is a missing value. Where values have time stamps,
    "(time, value)", they are the steps in the order in which they stand; the times are left out.

    Raises:
        DataError: names file and line, what was expected and what was found.
    """
    lines = numbered_lines(path)
    header = _header(lines, path)
    has_answers = _is_set(header, "classlabel") or _is_set(header, "targetlabel")
    has_times = _is_set(header, "timestamps")
    inputs: list[np.ndarray] = []
    answers: list[str | float] = []
    names: list[str] = []
    for line_number, line in lines:
        line = line.strip()
        if line.startswith(("#", "%")) or not line:
            continue
        where = f"{path}:{line_number}"
        body, answer = line, ""
        if has_answers:
            body, _, answer = line.rpartition(":")
            answers.append(_answer(answer.strip(), header, where))
        x = read_series(_dimensions(body, has_times, where), where, "dimension")
        if inputs and x.shape[1] != inputs[0].shape[1]:
            raise DataError(f"{where}: expected {inputs[0].shape[1]} dimensions as in {names[0]}, got {x.shape[1]}")
        inputs.append(x)
        names.append(where)
    if not inputs:
        raise DataError(f"{path}: expected examples after a line @data, got none")
    return Examples(inputs, answers or None, names)


def _header(lines: Iterator[tuple[int, str]], path: Path) -> Header:
    """Read the lines up to @data."""
    header: Header = {}
    for line_number, line in lines:
        line = line.strip()
        if line.startswith(("#", "%")) or not line:
            continue
        if not line.startswith("@"):
            raise DataError(f"{path}:{line_number}: expected a line of the header, such as @data, got {quote(line)}")
        name, *values = line.removeprefix("@").split() or [""]
        if name.lower() == "data":
            break
        header[name.lower()] = values
    return header


def _is_set(header: Header, name: str) -> bool:
    return [word.lower() for word in header.get(name, ["false"])[:1]] == ["true"]


def _dimensions(body: str, has_times: bool, where: str) -> list[str]:
    """The values of each dimension, between commas."""
    if not body:
        raise DataError(f"{where}: expected at least one dimension before the answer, got none")
    largest = max(body.count(mark) for mark in ",:")
    if largest >= MOST_COLUMNS:
        raise DataError(f"{where}: expected at most {MOST_COLUMNS:,} values a line, got over {largest:,}")
    if not has_times:
        return body.split(":")
    return [_without_times(dimension, where) for dimension in _BETWEEN_DIMENSIONS.split(body.replace(" ", ""))]


def _without_times(dimension: str, where: str) -> str:
    """The values of "(time,value),(time,value)"."""
    if not dimension.startswith("(") or not dimension.endswith(")"):
        raise DataError(f"{where}: expected values with time stamps, (time,value), got {quote(dimension)}")
    values = []
    for pair in dimension[1:-1].split("),("):
        time, comma, value = pair.rpartition(",")
        if not comma or not time or "(" in pair or ")" in pair:
            raise DataError(f"{where}: expected a value with a time stamp, (time,value), got {quote(pair)}")
        values.append(value)
    return ",".join(values)


def _answer(text: str, header: Header, where: str) -> str | float:
    if _is_set(header, "targetlabel"):
        try:
            return number(text)
        except ValueError as error:
            raise DataError(f"{where}: target: {error}") from None
    classes = header["classlabel"][1:]
    if not text:
        raise DataError(f"{where}: expected a class behind the last ':', got none")
    if classes and text not in classes:
        raise DataError(f"{where}: expected one of the classes {' '.join(classes)[:200]}, got {quote(text)}")
    return text
