"""Sentences to label, as their lines come: running text or JSON lines, without waiting for the end.

Of columns and CoNLL-U: `recurra.data.sentences.block_stream`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from recurra.data.files.json_objects import load_object
from recurra.data.files.lines import is_blank
from recurra.data.sentences import json_sentences
from recurra.data.sentences.layout import Layout
from recurra.data.sentences.sentences import require_length
from recurra.errors import DataError

Groups = Iterable[tuple[int, list[str]]]  # the number of the first of some lines, and these lines
Split = Callable[[str], list[tuple[int, int]]]  # a text to the begin and end of each of its words


@dataclass
class Unlabelled:
    """A sentence to label.

    words: of it. lines: those that it stands on in a file of columns, and whether each is of a word. record: what is to
    be said of it besides, in JSON. gold: its right labels by column, where they stand there too.
    """

    words: list[str]
    lines: list[tuple[str, bool]] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)
    gold: dict[str, list[str]] = field(default_factory=dict)


class Reader(Protocol):
    """Makes sentences of lines."""

    def read(self, number: int, line: str) -> Iterator[Unlabelled]:
        """Give the sentences that a line completes; its number is from 1."""

    def end(self) -> Iterator[Unlabelled]:
        """Give what is left when no more lines come."""


def sentences(groups: Groups, reader: Reader) -> Iterator[list[Unlabelled]]:
    """Give the sentences that each group of lines completes, together; those before a wrong line before its error."""
    for first, lines in groups:
        complete: list[Unlabelled] = []
        try:
            for number, line in enumerate(lines, first):
                complete += reader.read(number, line)
        except DataError:
            yield complete
            raise
        yield complete
    yield list(reader.end())


@dataclass
class TextReader:
    """A sentence a line, whose words are found in it.

    name: of the file.
    """

    name: str
    split: Split

    def read(self, number: int, line: str) -> Iterator[Unlabelled]:
        """Give the sentence of a line."""
        spans = self.split(line)
        require_length(f"{self.name}:{number}", len(spans))
        record = {"text": line, "offsets": [list(span) for span in spans]}
        yield Unlabelled([line[start:end] for start, end in spans], record=record)

    def end(self) -> Iterator[Unlabelled]:
        """Give nothing."""
        return iter(())


@dataclass
class WordReader:
    """A sentence a line, whose words lie between spaces.

    name: of the file.
    """

    name: str

    def read(self, number: int, line: str) -> Iterator[Unlabelled]:
        """Give the sentence of a line."""
        words = [word for word in re.split(r"[ \t\r]+", line) if word]
        require_length(f"{self.name}:{number}", len(words))
        yield Unlabelled(words)

    def end(self) -> Iterator[Unlabelled]:
        """Give nothing."""
        return iter(())


@dataclass
class JsonReader:
    """An object a line, with words; what else it has is kept.

    name: of the file. layout: how the tagger's data were read.
    """

    name: str
    layout: Layout | None

    def read(self, number: int, line: str) -> Iterator[Unlabelled]:
        """Give the sentence of a line."""
        if is_blank(line):
            return
        where = f"{self.name}:{number}"
        record = load_object(line, where)
        words = json_sentences.words_of(record, where)
        labels = json_sentences.labels_of(record)
        columns = self.layout.labels if self.layout and self.layout.format == "json" else {"label": "label"}
        gold = {name: labels[key] for name, key in columns.items() if _fits(labels.get(key), words)}
        yield Unlabelled(words, record=record, gold=gold)

    def end(self) -> Iterator[Unlabelled]:
        """Give nothing."""
        return iter(())


def _fits(labels: Any, words: Sequence[str]) -> bool:
    """Whether these are labels of the words."""
    is_list = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    return is_list and len(labels) == len(words)
