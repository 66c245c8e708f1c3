"""Which symbols of a text have a number of their own: the most frequent ones."""

from collections import Counter
from typing import TypeVar

from tokenizers import models

from recurra.errors import DataError

UNKNOWN = "<unk>"  # the symbol of all others


Symbol = TypeVar("Symbol", int, str)  # an integer is the code point of a character


def most_frequent(counts: Counter[Symbol], number: int) -> list[Symbol]:
    """The most frequent symbols; ties in the symbols' own order, so that the result is always the same.

    Args:
        counts: how often each symbol comes.
        number: symbols at most.

    Raises:
        DataError: beside `UNKNOWN` there would be none.
    """
    if number < 1:
        raise DataError(f"vocabulary_size: expected at least 2, got {number + 1}")
    return sorted(counts, key=lambda symbol: (-counts[symbol], symbol))[:number]


def numbered(symbols: list[str]) -> models.WordLevel:
    """A model of the `tokenizers` library that gives `UNKNOWN` the number 0, and these symbols those from 1 on."""
    numbers = {symbol: number for number, symbol in enumerate([UNKNOWN, *symbols])}
    return models.WordLevel(numbers, unk_token=UNKNOWN)
