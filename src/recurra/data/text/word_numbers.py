"""Which word each symbol of a text belongs to, whatever the symbols are. Words are what `str.split` gives."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from recurra.data.text.byte_pairs import bytes_of, characters_of


def of_characters(text: str) -> list[int]:
    """The word of each character, from 0; -1 for white space."""
    numbers, word, within = list[int](), -1, False
    for character in text:
        space = character.isspace()
        if not space and not within:
            word += 1
        within = not space
        numbers.append(-1 if space else word)
    return numbers


def of_words(symbols: Iterable[str]) -> list[int]:
    """The word of each symbol, where a symbol is a run of anything but Unicode's white space, or a line end.

    Python takes four control characters for white space too, so a symbol may hold several words, or none.
    """
    numbers, count = list[int](), 0
    for symbol in symbols:
        words = len(symbol.split())
        numbers.append(count if words else -1)
        count += words
    return numbers


def of_byte_pairs(symbols: Sequence[str]) -> list[int]:
    """The word of each symbol, where a symbol is some bytes; one that touches several belongs to the first."""
    characters = characters_of(symbols)
    words = of_characters("".join(character for _, character in characters))
    of_bytes = [word for (size, _), word in zip(characters, words, strict=True) for _ in range(size)]
    ends = list(accumulate(len(bytes_of(symbol)) for symbol in symbols))
    starts = [0, *ends][:-1]
    return [
        next((word for word in of_bytes[start:end] if word >= 0), -1) for start, end in zip(starts, ends, strict=True)
    ]
