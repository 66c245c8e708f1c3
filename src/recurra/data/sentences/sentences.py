"""Sentences as words, and the labels of these words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recurra.data.containers.rows import is_container, is_frame, is_missing, only_column, rows
from recurra.data.files.fingerprint import fingerprint
from recurra.data.files.unicode_text import require_unicode
from recurra.data.sentences.layout import Layout
from recurra.errors import DataError, quote

MOST_WORDS = 100_000  # of a sentence


def require_length(where: object, words: int) -> None:
    """Refuse a sentence of more words than a network reads in one piece.

    Raises:
        DataError: names its place.
    """
    if words > MOST_WORDS:
        raise DataError(
            f"{where}: expected a sentence of at most {MOST_WORDS:,} words, got more; an empty line ends a sentence in "
            "columns, and each line in running text and JSON lines"
        )


@dataclass
class Sentences:
    """Sentences.

    words: of each sentence. labels: by the name of their column, of each sentence one a word; nothing, where they are
    not known. names: where each sentence stands, "file:line"; empty for sentences that were given in memory. lines: of
    each sentence the numbers of its words' lines; empty where a sentence stands on one line, or on none. layout: where
    words and labels stood in the (first) file, None in memory. notes: what a person should know of how they were read.
    """

    words: list[list[str]]
    labels: dict[str, list[list[str]]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    lines: list[Sequence[int]] = field(default_factory=list)
    layout: Layout | None = None
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.words)

    def name(self, i: int) -> str:
        """Where a sentence stands."""
        return self.names[i] if self.names else f"sentence {i + 1}"

    def word_name(self, i: int, word: int) -> str:
        """Where a word of a sentence stands."""
        if self.lines and self.lines[i]:
            return f"{self.names[i].rpartition(':')[0]}:{self.lines[i][word]}"
        return f"{self.name(i)}, word {word + 1}"

    def fingerprint(self) -> str:
        """Give a hash of all that is learnt from them."""
        return fingerprint(self.words, self.labels)

    def select(self, indices: Iterable[int]) -> "Sentences":
        """Some of the sentences."""
        chosen = [int(i) for i in indices]
        words = [self.words[i] for i in chosen]
        labels = {}
        for name, column in self.labels.items():
            labels[name] = [column[i] for i in chosen]
        names = [self.name(i) for i in chosen]
        lines = [self.lines[i] for i in chosen] if self.lines else []
        return Sentences(words, labels, names, lines, self.layout, self.notes)


def sentences_of(X: Any, y: Any = None) -> Sentences:
    """Make sentences of what is in memory.

    Args:
        X: the words of each sentence, in any container; rows are taken by position.
        y: their labels, or by the name of a column such a container, as a dictionary or a frame.

    Raises:
        DataError: a sentence has more or fewer labels than words, or something is no list of words.
    """
    words = _lists("sentences", "words", X)
    if is_frame(y):
        y = {name: y[name] for name in y.columns}
    if y is None:
        return Sentences(words)
    labels = {}
    for key, column in (y if isinstance(y, Mapping) else {"label": y}).items():
        name = str(key)
        require_unicode("name of a column", name)
        labels[name] = _lists(name, "labels", column)
    for name, lists in labels.items():
        if len(lists) != len(words):
            raise DataError(f"{name}: expected labels of {len(words)} sentences, got {len(lists)}")
        for i, (sentence, of_words) in enumerate(zip(words, lists, strict=True), 1):
            if len(sentence) != len(of_words):
                raise DataError(f"sentence {i}: expected {len(sentence)} labels of {name}, got {len(of_words)}")
    return Sentences(words, labels)


def _lists(name: str, what: str, lists: Any) -> list[list[str]]:
    """Lists of texts, one a sentence."""
    if is_frame(lists):
        lists = only_column(lists, f"{name}: expected lists of {what}")
    sentences = []
    for i, texts in enumerate(rows(lists) if is_container(lists) else [lists], 1):
        if not is_container(texts):
            got = "a text" if isinstance(texts, str) else type(texts).__name__
            raise DataError(f"{name}: expected lists of {what}, got {got}")
        listed = rows(texts)
        others = [text for text in listed if type(text) is not str]
        if any(is_missing(text) or is_container(text) or isinstance(text, bytes) for text in others):
            raise DataError(f"{name}: expected {what} in sentence {i}, got {quote(listed)}")
        sentence = [str(text) for text in listed] if others else list(listed)
        require_unicode(f"sentence {i}: {what}", "".join(sentence))
        sentences.append(sentence)
    return sentences


def join(parts: Sequence[Sentences]) -> Sentences:
    """Put sentences behind each other.

    Raises:
        DataError: there are none, or they have labels of different columns.
    """
    if not parts:
        raise DataError("expected files of sentences, got none")
    first = parts[0]
    for part in parts:
        if set(part.labels) != set(first.labels):
            expected, got = (", ".join(sentences.labels) or "no labels" for sentences in (first, part))
            raise DataError(f"{part.name(0)}: expected labels of {expected}, as in {first.name(0)}, got {got}")
    joined = Sentences([], {name: [] for name in first.labels}, layout=first.layout)
    for part in parts:
        joined.words += part.words
        joined.names += [part.name(i) for i in range(len(part))]
        joined.lines += part.lines or [()] * len(part)
        joined.notes += part.notes
        for name, column in joined.labels.items():
            column += part.labels[name]
    return joined
