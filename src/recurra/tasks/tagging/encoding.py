"""The sentences of a tagger: checked, summed up for a person, and turned into numbers."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from recurra.data.sentences.lexicon import Lexicon
from recurra.data.sentences.sentences import Sentences
from recurra.errors import DataError, printable, quote
from recurra.tasks.tagging import label_departures
from recurra.tasks.tagging.data import EncodedSentences
from recurra.tasks.tagging.label_scheme import LabelColumn
from recurra.tasks.tagging.reading import what_is_read

Columns = Mapping[str, LabelColumn]


def with_words(sentences: Sentences) -> Sentences:
    """The sentences that have words; of the others there is nothing to learn.

    Raises:
        DataError: there are none.
    """
    rows = [i for i, words in enumerate(sentences.words) if words]
    if not rows:
        place = sentences.name(0) if len(sentences) else "data"
        raise DataError(f"{place}: expected sentences with words, got none")
    return sentences if len(rows) == len(sentences) else sentences.select(rows)


def require_labels(sentences: Sentences, names: Iterable[str]) -> None:
    """Refuse sentences that have no labels of some column.

    Raises:
        DataError: names the column.
    """
    for name in names:
        if name not in sentences.labels:
            known = ", ".join(sentences.labels) or "none"
            place = sentences.name(0) if len(sentences) else "data"
            raise DataError(f"{place}: expected labels of {name}, got {known}")


def require_alike(sentences: Sentences, columns: Columns) -> None:
    """Refuse sentences whose right labels are of another kind than those that were learnt.

    Raises:
        DataError: spans were learnt, and there are other labels.
    """
    for name, column in columns.items():
        try:
            column.require_alike(sentences.labels[name])
        except DataError as error:
            raise DataError(f"{sentences.name(0)}: {name}: {error}") from None


def warnings(train: Sentences, held: Sentences | None, columns: Columns) -> list[str]:
    """What to say before training: what is read, and which labels are written otherwise than most."""
    lines = [what_is_read(train, columns)]
    if held is not None and held.layout != train.layout:
        lines.append(f"validation: {what_is_read(held, columns)}")
    for part in (train,) if held is None else (train, held):
        for name, column in columns.items():
            notation = column.notation_of(part.labels[name]) if column.spans else column.notation
            lines += part.notes + label_departures.notes(part, name, notation)
    return list(dict.fromkeys(map(printable, lines)))


def encode(sentences: Sentences, lexicon: Lexicon, columns: Columns) -> EncodedSentences:
    """Sentences as numbers, with their labels.

    Raises:
        DataError: there is a label that was never learnt, as where a run is resumed on other data.
    """
    encoded = encode_words(sentences.words, lexicon)
    by_column = [_label_numbers(sentences, name, column) for name, column in columns.items()]
    for rows in zip(*by_column, strict=True):
        encoded.labels.append(np.asarray(rows).T)  # (T, columns)
    return encoded


def _label_numbers(sentences: Sentences, name: str, column: LabelColumn) -> list[list[int]]:
    """The labels of one column by number, of each sentence."""
    numbers = {label: number for number, label in enumerate(column.labels)}
    encoded = []
    for i, labels in enumerate(column.encode_all(sentences.labels[name])):
        for word, label in enumerate(labels):
            if label not in numbers:
                got = quote(sentences.labels[name][i][word])
                place = sentences.word_name(i, word)
                raise DataError(f"{place}: expected labels that {name} has learnt, got {got}")
        encoded.append([numbers[label] for label in labels])
    return encoded


def encode_words(words: Sequence[Sequence[str]], lexicon: Lexicon) -> EncodedSentences:
    """The words of sentences as numbers."""
    numbers: dict[str, int] = {}  # of each form of a word, which is encoded once
    tokens = []
    for sentence in words:
        tokens.append(np.asarray([numbers.setdefault(word, len(numbers)) for word in sentence]))
    return EncodedSentences(tokens, [], lexicon.encode(list(numbers)))
