"""Lines of files and of streams: one reader for both, so that they are read alike."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from recurra.data.files.encoding import decode_blocks
from recurra.errors import DataError

BLOCK = 1 << 20  # bytes of a file that are read at once
ASCII_SPACE = " \t\n\r\v\f"  # a no-break space is part of a text


def is_blank(line: str) -> bool:
    """Whether a line says nothing: spaces and tabs at most. A no-break space, or one of Chinese, is text."""
    return not line.strip(ASCII_SPACE)


def grouped_lines(blocks: Iterable[bytes], name: str) -> Iterator[tuple[int, list[str]]]:
    """Give the lines of a stream, as many together as a block completes.

    Only "\\n" and "\\r\\n" end a line: other separators of Unicode may stand in a text. A byte order mark is left out.
    What stands behind the last line end is a line, if only of spaces. Lines before a wrong byte are given before the
    error is raised.

    Args:
        blocks: the bytes, divided anywhere.
        name: what an error calls the stream.

    Yields:
        The number of the first of these lines, from 1, and the lines without their ends.

    Raises:
        DataError: as of `decode_blocks`.
    """
    number, parts = 1, list[str]()  # of a line whose end has not come
    for text in decode_blocks(blocks, name):
        *lines, rest = text.split("\n")
        if lines:
            lines[0] = "".join([*parts, lines[0]]).removesuffix("\r")
            if "\r" in text:
                lines[1:] = [line.removesuffix("\r") for line in lines[1:]]
            yield number, lines
            number += len(lines)
            parts = []
        parts.append(rest)
    last = "".join(parts)
    if last:
        yield number, [last.removesuffix("\r")]


def numbered_lines(path: Path, empty: bool = False) -> Iterator[tuple[int, str]]:
    """Give the lines of a file that say something, without their ends, each with its number from 1.

    Args:
        path: the file, read as `grouped_lines` does.
        empty: give lines of white space too.

    Raises:
        DataError: a file cannot be read, or holds bytes that are not UTF-8; names file, line, column and byte.
    """
    for first, lines in grouped_lines(read_blocks(path), str(path)):
        for number, line in enumerate(lines, first):
            if empty or line.strip(ASCII_SPACE):  # not `is_blank`: a call for every line would be felt
                yield number, line


def read_blocks(path: Path, sizes: Iterator[int] | None = None) -> Iterator[bytes]:
    """Give the bytes of a file in blocks.

    Args:
        path: the file.
        sizes: of the blocks, at most; by default large ones.

    Raises:
        DataError: it is not there, or cannot be read.
    """
    try:
        if not path.exists():
            raise DataError(f"{path}: expected a text file, found nothing there")
        if path.is_dir():
            raise DataError(f"{path}: expected a text file, got a folder")
        with path.open("rb") as file:
            while block := file.read(BLOCK if sizes is None else next(sizes)):
                yield block
    except OSError as error:
        raise DataError(f"{path}: expected a readable text file, got: {error.strerror}") from error


def require_regular(path: Path) -> None:
    """Refuse a pipe or a device where a file is read more than once.

    Raises:
        DataError: it is one.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return  # said when it is read
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataError(f"{path}: expected a file that can be read again, got a pipe or a device; write it to a file")
