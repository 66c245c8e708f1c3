"""Standard input as it comes: whole lines, as many as are there, so that a command can sit in a pipe."""

import os
import sys
from collections.abc import Iterator

from recurra.errors import DataError

NAME = "standard input"
_AT_ONCE = 1 << 16  # bytes


def lines() -> Iterator[tuple[int, list[str]]]:
    """Give the number of a first line, from 1, and the lines from there on that have come.

    Raises:
        DataError: they are not UTF-8.
    """
    rest, number = b"", 1
    while block := os.read(sys.stdin.fileno(), _AT_ONCE):
        *whole, rest = (rest + block).split(b"\n")
        if whole:
            yield number, _decode(whole)
        number += len(whole)
    if rest:
        yield number, _decode([rest])


def _decode(given: list[bytes]) -> list[str]:
    try:
        return [line.decode().rstrip("\r") for line in given]
    except UnicodeDecodeError as error:
        raise DataError(f"{NAME}: expected UTF-8 text, got: {error}") from None
