"""Vectors of words in text files, as word2vec, GloVe and fastText write them: a word and its numbers on each line."""

from pathlib import Path

import numpy as np

from recurra.data.files.lines import numbered_lines
from recurra.data.files.numbers import number
from recurra.errors import DataError

_LARGEST = float(np.finfo(np.float32).max)


def read(path: Path) -> tuple[list[str], np.ndarray]:
    """Read a file; between spaces or tabs.

    A first line of two whole numbers, how many words and numbers there are, may be missing; where it is there, it is
    held to.

    Returns:
        The words, W, and their vectors, (W, D) float32.

    Raises:
        DataError: a line has not as many numbers as the first one, or one that is not finite, or there are more or
            fewer words than the first line says; names file and line.
    """
    words: list[str] = []
    rows: list[np.ndarray] = []
    size, promised = 0, None
    for line_number, line in numbered_lines(path):
        cells = [cell for cell in line.replace("\t", " ").strip(" ").split(" ") if cell]
        if not size and promised is None and len(cells) == 2 and all(map(_is_count, cells)):
            promised, size = int(cells[0]), int(cells[1])
            first = line_number
            continue
        size = size or len(cells) - 1
        try:
            if len(cells) <= size or size < 1:
                raise ValueError(f"{len(cells) - 1} of them")
            rows.append(_row(cells[-size:]))
        except ValueError as error:
            raise DataError(f"{path}:{line_number}: expected a word and {size} numbers, got: {error}") from None
        words.append(" ".join(cells[:-size]))  # a few words of some files have spaces within
    if not words:
        raise DataError(f"{path}: expected vectors of words, found none")
    if promised is not None and promised != len(words):
        raise DataError(f"{path}:{first}: expected {promised:,} words, as this line says, got {len(words):,}")
    return words, np.stack(rows)


def _is_count(cell: str) -> bool:
    return cell.isascii() and cell.isdecimal() and len(cell) < 19


def _row(cells: list[str]) -> np.ndarray:
    """The numbers of a word, (D,) float32.

    Raises:
        ValueError: one is no number, or not finite in float32.
    """
    together = "".join(cells)
    if together.isascii() and "_" not in together:  # what NumPy takes beyond these is no number
        row = np.asarray(cells, np.float64)
        if np.abs(row).max() <= _LARGEST:  # neither NaN nor infinity
            return row.astype(np.float32)
    for cell in cells:
        if abs(number(cell)) > _LARGEST:
            raise ValueError(f"expected a number up to 3.4e38, got {cell!r}")
    raise ValueError("expected numbers")
