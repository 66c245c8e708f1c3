"""Vectors of words in text files, as word2vec, GloVe and fastText write them: a word and its numbers on each line."""

from pathlib import Path

import numpy as np

from recurra.data.text import numbered_lines
from recurra.errors import DataError


def read(path: Path) -> tuple[list[str], np.ndarray]:
    """Read a file; a first line of two whole numbers, how many words and numbers there are, may be missing.

    Returns:
        The words, W, and their vectors, (W, D) float32.

    Raises:
        DataError: a line has not as many numbers as the first one; names file and line.
    """
    words: list[str] = []
    rows: list[np.ndarray] = []
    size = 0
    for number, line in numbered_lines(path):
        cells = line.rstrip().split(" ")
        if not size and len(cells) == 2 and all(cell.isdecimal() for cell in cells):
            size = int(cells[1])
            continue
        size = size or len(cells) - 1
        try:
            if len(cells) <= size or size < 1:
                raise ValueError(f"{len(cells) - 1} of them")
            rows.append(np.asarray(cells[-size:], np.float32))
        except ValueError as error:
            raise DataError(f"{path}:{number}: expected a word and {size} numbers, got: {error}") from None
        words.append(" ".join(cells[:-size]))  # a few words of some files have spaces within
    if not words:
        raise DataError(f"{path}: expected vectors of words, found none")
    return words, np.stack(rows)
