"""Lines of files and of standard input, some at a time: so a command can sit in a pipe, and read files of any size."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cyclopts import Parameter

from recurra.data.files.lines import grouped_lines, read_blocks
from recurra.errors import DataError

NAME = "standard input"
STANDARD_INPUT = "-"
HYPHENED = Parameter(allow_leading_hyphen=True)  # the value may be "-", or text that begins with it
_FIRST, _AT_ONCE = 1 << 12, 1 << 16  # bytes: the first answers come soon, and later ones many together


def lines(file: str = STANDARD_INPUT) -> Iterator[tuple[int, list[str]]]:
    """Give the number of a first line, from 1, and the lines from there on that have come, some at a time.

    Args:
        file: the name of a file; "-" is standard input.

    Raises:
        DataError: a file cannot be read, or is not UTF-8; lines before the wrong byte are given first.
    """
    if file == STANDARD_INPUT:
        return grouped_lines(_standard_input_blocks(), NAME)
    return grouped_lines(read_blocks(Path(file), _sizes()), file)


def require_files(files: Sequence[str]) -> None:
    """Refuse a file that is not there before any work is done.

    Raises:
        DataError: names it.
    """
    for file in files:
        if file != STANDARD_INPUT and not Path(file).exists():
            raise DataError(f"{file}: expected a text file, found nothing there")


def standard_input() -> Any:
    """Give standard input as bytes.

    Raises:
        DataError: it is closed.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise DataError(f"{NAME}: expected text, got a closed stream")
    return sys.stdin.buffer


@contextmanager
def standard_input_as_file() -> Iterator[Path]:
    """Keep standard input in a file, to be read more than once; an error calls it by its own name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / NAME
        with file.open("wb") as copy:
            shutil.copyfileobj(standard_input(), copy)
        try:
            yield file
        except DataError as error:
            raise DataError(str(error).replace(str(file), file.name)) from error


def _standard_input_blocks() -> Iterator[bytes]:
    """What has come, as soon as it comes."""
    file, sizes = standard_input(), _sizes()
    try:
        while block := file.read1(next(sizes)):
            yield block
    except OSError as error:
        raise DataError(f"{NAME}: expected text, got: {error.strerror}") from error


def _sizes() -> Iterator[int]:
    """How many bytes are read at once."""
    size = _FIRST
    while True:
        yield size
        size = min(2 * size, _AT_ONCE)
