"""The texts that a translator is given: how long they may be, and which are pairs."""

from pathlib import Path
from typing import Any

from recurra.data.pairs import sentence_pairs
from recurra.errors import DataError

LONGEST = 100_000  # characters of a text to translate


def short_texts(name: str, texts: Any) -> list[str]:
    """Give a text, or several, as a list, none of them longer than can be translated.

    Args:
        name: what they are called in an error.
        texts: one, or a list.

    Raises:
        DataError: something is no text, or longer than `LONGEST`.
    """
    listed = sentence_pairs.texts_of(name, texts)
    for number, text in enumerate(listed, 1):
        require_short(f"{name}: number {number:,}", text)
    return listed


def require_short(place: object, text: str) -> None:
    """Refuse a text that is too long to be translated in one piece.

    Raises:
        DataError: names its place.
    """
    if len(text) > LONGEST:
        raise DataError(f"{place}: expected a text of at most {LONGEST:,} characters, got {len(text):,}")


def pairs_of(X: Any, y: Any) -> Any:
    """Give texts and their translations as one: two files as they are, two lists as pairs.

    Raises:
        DataError: they are neither, or not as many.
    """
    files = isinstance(X, str | Path) and isinstance(y, str | Path)
    return (X, y) if files else sentence_pairs.pairs_of(X, y)
