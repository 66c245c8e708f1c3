"""Sentence pairs, a source and its translation, and how they are made of what is in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from recurra.data.containers.rows import is_container, rows
from recurra.data.containers.texts import one_column
from recurra.data.files.fingerprint import fingerprint
from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError


@dataclass
class Pairs:
    """Sentence pairs.

    sources, targets: texts without line ends. names: where each pair stands, "file:line"; empty for pairs given in
    memory. notes: what a person should know of how they were read.
    """

    sources: list[str]
    targets: list[str]
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sources)

    def name(self, i: int) -> str:
        """Where a pair stands."""
        return self.names[i] if self.names else f"pair {i + 1}"

    def fingerprint(self) -> str:
        """Give a hash of all that is learnt from them."""
        return fingerprint(self.sources, self.targets)

    def select(self, indices: Iterable[int]) -> "Pairs":
        """Some of the pairs."""
        chosen = [int(i) for i in indices]
        sources, targets = [self.sources[i] for i in chosen], [self.targets[i] for i in chosen]
        return Pairs(sources, targets, [self.name(i) for i in chosen], self.notes)


def join(parts: Sequence[Pairs]) -> Pairs:
    """Put pairs behind each other."""
    return Pairs(
        [text for part in parts for text in part.sources],
        [text for part in parts for text in part.targets],
        [part.name(i) for part in parts for i in range(len(part))],
        [note for part in parts for note in part.notes],
    )


def pairs_of(X: Any, y: Any) -> Pairs:
    """Make pairs of texts in memory.

    Raises:
        DataError: there are not as many of one as of the other, or something is no text.
    """
    for name, texts in (("sources", X), ("targets", y)):
        if isinstance(texts, str):
            raise DataError(f"{name}: expected a list of texts, got a text")
    sources, targets = texts_of("sources", X), texts_of("targets", y)
    if len(sources) != len(targets):
        raise DataError(f"expected as many targets as sources, {len(sources):,}, got {len(targets):,}")
    return Pairs(sources, targets)


def texts_of(name: str, texts: Any) -> list[str]:
    """Make a list of one text, or of several.

    Raises:
        DataError: something is no text, or not Unicode; names it by its position.
    """
    if isinstance(texts, str):
        require_unicode(name, texts)
        return [texts]
    if not is_container(texts):
        raise DataError(f"{name}: expected a list of texts, got {type(texts).__name__}")
    listed = list(one_column(rows(texts)))
    for number, text in enumerate(listed, 1):
        if not isinstance(text, str):
            raise DataError(f"{name}: expected texts, got {type(text).__name__} as number {number:,}")
        require_unicode(f"{name}: number {number:,}", text)
    return listed
