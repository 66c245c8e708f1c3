"""What the columns of a file are: how many, whether the first counts the words, and which hold words and labels."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from recurra.data.sentences.layout import WORD, Layout, parse_columns
from recurra.data.sentences.line_blocks import Line
from recurra.data.sentences.notation import Notation
from recurra.errors import DataError

_RANGE = re.compile(r"\d+[-.]\d+")  # "1-2" of several words, "1.1" of an empty one
_COUNTED = 0.9  # of the words, from which a first column of numbers in order is taken for a count of words


class Shape(NamedTuple):
    """What the lines of words look like: how many columns, whether between tabs, in which line this was first seen.

    counted: whether the first column counts the words of a sentence.
    """

    columns: int
    tabs: bool
    line: int
    counted: bool


def shape_of(blocks: Sequence[Sequence[Line]]) -> Shape:
    """Look at the lines of words: most of them have the columns of the data."""
    counts = Counter(len(line.cells) for block in blocks for line in block)
    usual = max(counts, key=counts.__getitem__)  # of equals the first that stands there
    first = next(line for block in blocks for line in block if len(line.cells) == usual)
    return Shape(len(first.cells), "\t" in first.text.strip(" \t\r"), first.number, is_counted(blocks))


def is_counted(blocks: Sequence[Sequence[Line]], several: bool = True) -> bool:
    """Whether the first of several columns counts the words of each sentence, from 1 or 0.

    Args:
        blocks: the lines of each sentence.
        several: whether a sentence must have several words to tell a count from words that are numbers.
    """
    if 2 * sum(block[0].cells[0][:1].isdecimal() for block in blocks) < len(blocks):
        return False
    counted = words = 0
    for block in blocks:
        numbers = [line.cells[0] for line in block if not _RANGE.fullmatch(line.cells[0])]
        start = 0 if numbers[:1] == ["0"] else 1
        counted += sum(number == str(position) for position, number in enumerate(numbers, start))
        words += len(numbers)
    is_alone = all(len(line.cells) == 1 for block in blocks for line in block)
    is_enough = not is_alone and (words > len(blocks) or not several)
    return is_enough and counted >= _COUNTED * words


def choose(path: Path, shape: Shape, blocks: Sequence[Sequence[Line]], columns: str | Layout) -> Layout:
    """Which columns hold words and labels: those asked for, else those that are usual."""
    if isinstance(columns, Layout):
        is_other = needed(columns) > shape.columns or (shape.counted and columns.word == "1")
        if not (is_other and columns.by_default):
            return columns
        columns = ""
    chosen = parse_columns(columns)
    by_default = not chosen
    word = chosen.pop(WORD, "2" if shape.counted and shape.columns > 1 else "1")
    number = column_index(path, shape, word) + 1
    if not chosen and shape.columns > (number if shape.counted else 1):
        chosen = {"label": str(_label_column(shape, blocks, number))}
    return Layout("columns", word, chosen, by_default)


def needed(layout: Layout) -> int:
    """How many columns a file must have to be read like this."""
    return max(abs(int(column)) for column in (layout.word, *layout.labels.values()))


def _label_column(shape: Shape, blocks: Sequence[Sequence[Line]], word: int) -> int:
    """The column of the labels, from 1: the last, or that behind counted words where it is of spans.

    What follows that one are spans inside of others, as in GermEval, or remarks.
    """
    if not shape.counted:
        return shape.columns
    labels = [[line.cells[word] for line in block if len(line.cells) == shape.columns] for block in blocks]
    return word + 1 if Notation.detect(labels).spans else shape.columns


def column_index(path: Path, shape: Shape, column: str) -> int:
    """The index of a column, given by its number.

    Raises:
        DataError: there is no such column.
    """
    if not re.fullmatch(r"-?\d{1,9}", column) or not 1 <= abs(int(column)) <= shape.columns:
        expected = f"expected numbers from 1 to {shape.columns}"
        raise DataError(f"{path}:{shape.line}: columns: {expected}, got {column!r}")
    at = int(column)
    return at - 1 if at > 0 else shape.columns + at
