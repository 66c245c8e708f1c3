"""Sentences in files of columns: a word a line, an empty line after each sentence, as in CoNLL-2000 and WNUT-17."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from recurra.data.sentences import Sentences
from recurra.data.text import numbered_lines
from recurra.errors import DataError

Line = tuple[int, list[str]]  # number in the file, and what stands in each column

_DOCUMENT = "-DOCSTART-"  # a line that begins a document


def parse(text: str) -> dict[str, str]:
    """Read which columns are meant: "3", "2,3" or "word=1,pos=2,chunk=3"; by name where they have one, as they stand.

    Raises:
        DataError: two are of the same name, or one is empty.
    """
    columns: dict[str, str] = {}
    for part in filter(None, text.replace(" ", "").split(",")):
        name, _, column = part.rpartition("=")
        if not column or (name or column) in columns:
            raise DataError(f"columns: expected such as 3, 2,3 or pos=2,chunk=3, got {text!r}")
        columns[name or column] = column
    return columns


def read(path: Path, columns: str = "") -> Sentences:
    """Read a file; its columns lie between tabs, or in lines without a tab between spaces.

    Args:
        path: the file.
        columns: those of the labels, see `parse`, counted from 1 or, with a minus, from the last; "word" names that of
            the words. By default the words are the first and the labels, called "label", the last; a file of one column
            has no labels.

    Raises:
        DataError: a line has not as many columns as the first one, or fewer than asked for; names file and line.
    """
    wanted = parse(columns)
    word = wanted.pop("word", "1")
    sentences = list(_sentences(path))
    if not sentences:
        raise DataError(f"{path}: expected sentences, found none")
    number, cells = sentences[0][0]
    if not wanted and len(cells) > 1:
        wanted = {"label": str(len(cells))}
    places = {name: _place(path, number, column, len(cells)) for name, column in {"word": word, **wanted}.items()}
    return gather(path, sentences, places.pop("word"), places)


def gather(path: Path, sentences: Sequence[Sequence[Line]], word: int, labels: Mapping[str, int]) -> Sentences:
    """Make sentences of the lines of each: the index of the words' column, and of each column of labels."""
    return Sentences(
        [[cells[word] for _, cells in sentence] for sentence in sentences],
        {name: [[cells[place] for _, cells in one] for one in sentences] for name, place in labels.items()},
        [f"{path}:{sentence[0][0]}" for sentence in sentences],
        [_numbers([number for number, _ in sentence]) for sentence in sentences],
    )


def _numbers(lines: list[int]) -> Sequence[int]:
    """Line numbers; those that follow on each other take no room."""
    whole = range(lines[0], lines[0] + len(lines))
    return whole if lines[-1] == whole[-1] else lines


def _sentences(path: Path) -> Iterator[list[Line]]:
    lines: list[Line] = []
    first: Line | None = None
    for number, line in numbered_lines(path, empty=True):
        cells = cells_of(line)
        if cells and cells[0] != _DOCUMENT:
            first = first or (number, cells)
            if len(cells) != len(first[1]):
                expected = f"expected {len(first[1])} columns, as in line {first[0]}"
                raise DataError(f"{path}:{number}: {expected}, got {len(cells)}: {line.strip()[:60]!r}")
            lines.append((number, cells))
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def cells_of(line: str) -> list[str]:
    """What stands in each column; other white space of Unicode, such as a no-break space, is part of a word."""
    line = line.strip(" \t\r")
    if "\t" in line:
        return [cell.strip(" ") for cell in line.split("\t")]
    return re.split(" +", line) if line else []


def _place(path: Path, number: int, column: str, count: int) -> int:
    """The index of a column, given by its number."""
    if not re.fullmatch(r"-?\d+", column) or not 1 <= abs(int(column)) <= count:
        raise DataError(f"{path}:{number}: columns: expected numbers from 1 to {count}, got {column!r}")
    return int(column) - (int(column) > 0)
