"""Text files, read strictly: UTF-8 of any script, and a byte that is not is reported with its place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from recurra.errors import DataError

_PIECE = 1 << 20  # bytes; a longer line is taken in pieces, so that memory stays small whatever the file


def read_pieces(paths: Iterable[Path]) -> Iterator[str]:
    """Give the text of files, in order, in pieces of whole lines (a line of over 1 MiB is divided).

    Args:
        paths: UTF-8 text files. A byte order mark at the start is left out; line ends stay as they are.

    Raises:
        DataError: a file cannot be read, or holds bytes that are not UTF-8; names file, line, column and byte.
    """
    for path in paths:
        try:
            if not path.exists():
                raise DataError(f"{path}: expected a text file, found nothing there")
            if path.is_dir():
                raise DataError(f"{path}: expected a text file, got a folder")
            yield from _decode(path)
        except OSError as error:
            raise DataError(f"{path}: expected a readable text file, got: {error.strerror}") from error


def numbered_lines(path: Path, empty: bool = False) -> Iterator[tuple[int, str]]:
    """Give the lines of a file that say something, without their ends, each with its number from 1.

    Only "\\n" and "\\r\\n" end a line: other separators of Unicode may stand in a text. A byte order mark is left out.

    Args:
        path: the file.
        empty: give lines of white space too.

    Raises:
        DataError: as of `read_pieces`.
    """
    number = 0
    parts: list[str] = []  # of the line that goes on; joined once, so that a long line costs its length, not its square
    for piece in read_pieces([path]):
        *lines, part = piece.split("\n")
        if lines:
            lines[0] = "".join([*parts, lines[0]])
            parts = []
        parts.append(part)
        for line in lines:
            number += 1
            if empty or line.strip():
                yield number, line.removesuffix("\r").removeprefix("\ufeff" if number == 1 else "")
    rest = "".join(parts)
    if rest.strip():
        yield number + 1, rest.removeprefix("\ufeff" if number == 0 else "")


def _decode(path: Path) -> Iterator[str]:
    line, column = 1, 0  # where the block begins: lines from 1, bytes of that line that came before
    rest = b""
    with path.open("rb") as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        while block := file.read(_PIECE):
            block = rest + block
            cut = block.rfind(b"\n") + 1 or _character_boundary(block)
            block, rest = block[:cut], block[cut:]
            yield _strict(block, path, line, column)
            line += block.count(b"\n")
            column = 0 if block.endswith(b"\n") else column + len(block)
    if rest:
        yield _strict(rest, path, line, column)


def _character_boundary(block: bytes) -> int:
    """Find where the last whole UTF-8 character of `block` ends, at most 3 bytes before its end."""
    for back in range(1, min(4, len(block)) + 1):
        if block[-back] & 0xC0 != 0x80:  # the first byte of a character
            return len(block) - back if block[-back] & 0x80 else len(block)
    return len(block)


def _strict(block: bytes, path: Path, line: int, column: int) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError as error:
        before = block[: error.start]
        column = error.start - before.rfind(b"\n") + (0 if b"\n" in before else column)
        raise DataError(
            f"{path}:{line + before.count(bytes([10]))}: expected UTF-8 text, "
            f"got byte 0x{block[error.start]:02x} at byte {column} of the line"
        ) from None


@dataclass(frozen=True)
class Text:
    """A text in files, or the part of it between two fractions of its characters."""

    paths: tuple[Path, ...]
    start: float = 0.0
    stop: float = 1.0

    def pieces(self) -> Iterator[str]:
        """Give the text in pieces of whole lines, but for the cuts."""
        if (self.start, self.stop) == (0.0, 1.0):
            yield from read_pieces(self.paths)
            return
        total = sum(len(piece) for piece in read_pieces(self.paths))
        start, stop = int(total * self.start), int(total * self.stop)
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
