"""Texts in files: read strictly, in pieces that cut no word, and divided between training and validation."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

from recurra.data.files.encoding import decode_blocks
from recurra.data.files.lines import read_blocks, require_regular

_PIECE = 1 << 20  # characters; a longer line is taken in pieces, so that memory stays small whatever the file
_WORD = 16 * _PIECE  # characters; a longer run without white space is divided anywhere
_SPACE = re.compile(r"\s")


def read_pieces(paths: Iterable[Path]) -> Iterator[str]:
    """Give the text of files, in order, in pieces of whole lines.

    The files are one text, as if written behind each other: where one has no line end at its end, the next goes on in
    the same line. A line of over 1 Mi characters is divided before white space. Where the pieces end depends on the
    text alone, not on where a file ends.

    Args:
        paths: UTF-8 text files. A byte order mark at the start of each is left out; line ends stay as they are.

    Raises:
        DataError: a file cannot be read, or holds bytes that are not UTF-8; names file, line, column and byte.
    """
    return _divide(chain.from_iterable(_decoded(path) for path in paths))


def _decoded(path: Path) -> Iterator[str]:
    require_regular(path)
    return decode_blocks(read_blocks(path), str(path))


def _divide(texts: Iterable[str]) -> Iterator[str]:
    """Divide a stream of text into pieces at line ends, or at white space."""
    parts, length, needed = list[str](), 0, _PIECE
    for text in texts:
        parts.append(text)
        length += len(text)
        if length <= needed:
            continue
        text, start = "".join(parts), 0
        while (end := _piece_end(text, start)) is not None:
            yield text[start:end]
            start = end
        parts, length = [text[start:]], len(text) - start
        needed = max(_PIECE, 2 * length)  # a long run is not looked through for every block
    if length:
        yield from _last_pieces("".join(parts))


def _last_pieces(text: str) -> Iterator[str]:
    """Divide what is left at the end of a text."""
    start = 0
    while (end := _piece_end(text, start)) is not None:
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _piece_end(text: str, start: int) -> int | None:
    """Where a piece that begins at `start` ends; None where more text must come to know."""
    limit = start + _PIECE
    if len(text) <= limit:
        return None
    line_end = text.rfind("\n", start, limit)
    if line_end >= 0:
        return line_end + 1
    words = text[start:limit].rstrip()
    before_last_word = start + len(words) - len(_last_word(words)) - 1
    if before_last_word > start:  # white space stays with the word behind it, as in byte pairs
        return before_last_word
    longest = start + max(_PIECE, _WORD)
    space = _SPACE.search(text, limit, longest)
    if space:
        return space.start()
    return longest if len(text) > longest else None


def _last_word(text: str) -> str:
    return text.rsplit(None, 1)[-1] if text else ""


@dataclass(frozen=True)
class Text:
    """A text in files, or the part of it between two fractions of its characters.

    paths: the files, one text. start, stop: fractions. exact: cut at the very character, as some published divisions
    are; else at the last line end before it, or at white space where lines are long.
    """

    paths: tuple[Path, ...]
    start: float = 0.0
    stop: float = 1.0
    exact: bool = False

    @property
    def name(self) -> str:
        """What an error calls the text: its file, or the first of several."""
        return f"{self.paths[0]}, ..." if len(self.paths) > 1 else str(self.paths[0])

    def pieces(self) -> Iterator[str]:
        """Give the text in pieces of whole lines, but for the cuts."""
        if (self.start, self.stop) == (0.0, 1.0):
            yield from read_pieces(self.paths)
            return
        start, stop = self._cuts
        position = 0
        for piece in read_pieces(self.paths):
            part = piece[max(0, start - position) : max(0, stop - position)]
            position += len(piece)
            if part:
                yield part

    def split(self, fraction: float) -> tuple["Text", "Text"]:
        """Cut off the last `fraction` of this text."""
        cut = self.stop - (self.stop - self.start) * fraction
        return replace(self, stop=cut), replace(self, start=cut)

    @cached_property
    def _cuts(self) -> tuple[int, int]:
        """Where this part begins and ends, in characters of the whole text."""
        total = sum(len(piece) for piece in read_pieces(self.paths))
        start, stop = (self._boundary(int(total * fraction), total) for fraction in (self.start, self.stop))
        return start, max(start, stop)

    def _boundary(self, place: int, total: int) -> int:
        """Move a cut to where no word is cut."""
        if self.exact or place in (0, total):
            return place
        before = after = ""
        position = 0
        for piece in read_pieces(self.paths):
            begin, end = place - _PIECE - position, place + _PIECE - position
            before += piece[max(0, begin) : max(0, place - position)]
            after += piece[max(0, place - position) : max(0, end)]
            position += len(piece)
            if end <= 0:
                break
        line_end = before.rfind("\n", max(0, len(before) - total // 20))  # 5%: the share stays what was asked for
        if line_end >= 0:
            return place - len(before) + line_end + 1
        return _word_boundary(before, after, place)


def _word_boundary(before: str, after: str, place: int) -> int:
    """Move a cut behind the last white space before it, or to the first behind it; where there is none, leave it."""
    if before[-1:].isspace() or after[:1].isspace():
        return place
    word = _last_word(before)
    if len(word) < len(before):
        return place - len(word)
    space = _SPACE.search(after)
    return place + space.start() if space else place
