"""The lines of a file of words, a word a line, in blocks: those of each sentence."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from recurra.data.sentences.sentences import MOST_WORDS, require_length


class Line(NamedTuple):
    """A line that is not empty: its number in the file, its text, and what stands in each of its columns."""

    number: int
    text: str
    cells: list[str]


def blocks_of(
    lines: Iterable[tuple[int, str]], name: str, cells_of: Callable[[str], list[str]]
) -> Iterator[list[Line]]:
    """Group numbered lines: those between lines that end a sentence together, comments too.

    Args:
        lines: with their numbers.
        name: of the file.
        cells_of: what stands in each column of a line; nothing in one that ends a sentence.

    Raises:
        DataError: there are too many in one piece, see `recurra.data.sentences.sentences.MOST_WORDS`.
    """
    block: list[Line] = []
    for number, text in lines:
        cells = cells_of(text)
        if cells:
            block.append(Line(number, text, cells))
            if len(block) > MOST_WORDS:
                require_length(f"{name}:{block[0].number}", len(block))
        elif block:
            yield block
            block = []
    if block:
        yield block
