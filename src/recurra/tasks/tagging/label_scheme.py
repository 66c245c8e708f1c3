"""The labels of one column: which there are, how the data write them, and in which scheme they are learnt."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import torch

from recurra.data.sentences import schemes
from recurra.data.sentences.notation import Notation
from recurra.errors import DataError, quote

_LEARNT_SCHEME = "BIOES"  # how spans are learnt
_SHOWN = 5  # labels in an error


@dataclass
class LabelColumn:
    """The labels of one column.

    notation: how the data write them. labels: as they are learnt, of spans in the standard form of `schemes`.
    """

    notation: Notation
    labels: list[str]

    @classmethod
    def learn(cls, labels: Sequence[Sequence[str]]) -> Self:
        """Find out how labels are written, and which there are, the most frequent first."""
        column = cls(Notation.detect(labels), [])
        counts = Counter(label for sentence in labels for label in column.encode(sentence))
        counts.update(["O"] if column.spans else [])  # so that every sentence has labels that are allowed
        column.labels = [label for label, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        return column

    @property
    def scheme(self) -> str:
        """The scheme of the data, one of `schemes.SCHEMES`."""
        return self.notation.scheme

    @property
    def spans(self) -> bool:
        """Whether the labels are of spans."""
        return self.notation.spans

    def types(self) -> list[str]:
        """The types of the spans, sorted."""
        return sorted({label[2:] for label in self.labels if label != "O"}) if self.spans else []

    def encode(self, labels: Sequence[str]) -> list[str]:
        """Labels of the data as they are learnt."""
        return schemes.convert(self.notation.normalise(labels), _LEARNT_SCHEME) if self.spans else list(labels)

    def encode_all(self, labels: Sequence[Sequence[str]]) -> list[list[str]]:
        """Labels of sentences as they are learnt, however they are written."""
        if not self.spans:
            return [list(sentence) for sentence in labels]
        notation = self.notation_of(labels)
        return [schemes.convert(notation.normalise(sentence), _LEARNT_SCHEME) for sentence in labels]

    def decode(self, labels: Sequence[str]) -> list[str]:
        """Labels as they are learnt, written as the data have them."""
        return self.notation.write(labels) if self.spans else list(labels)

    def to_data_scheme(self, labels: Sequence[str]) -> list[str]:
        """Labels as they are learnt, in the scheme of the data and in standard form: what is compared."""
        return schemes.convert(labels, self.scheme) if self.spans else list(labels)

    def as_written(self, label: str) -> str:
        """A learnt label as the scheme of the data writes it, with the letters of BIOES; and of IOB1, where it does not
        follow on a span of its type.
        """
        if not self.spans or label == "O":
            return label
        letters_of = {"IOB1": {"B": "I", "E": "I", "S": "I"}, "IOB2": {"E": "I", "S": "B"}}
        letters = letters_of.get(self.scheme, schemes.STANDARD_LETTERS)
        return letters.get(label[0], label[0]) + label[1:]

    def to_iob2(self, labels: Sequence[str]) -> list[str]:
        """Labels of the data as the conlleval script reads them: of spans in IOB2."""
        return schemes.convert(self.notation_of([labels]).normalise(labels), "IOB2") if self.spans else list(labels)

    def knows(self, label: str) -> bool:
        """Whether a text is a label of the data: of spans, or one that was learnt."""
        return self.notation.is_known(label) if self.spans else label in self.labels

    def numbers(self, letters: Sequence[str], kind: str) -> list[int]:
        """The numbers of the learnt labels of spans of a type that have one of these letters."""
        return [n for n, label in enumerate(self.labels) if label[:1] in letters and label[2:] == kind]

    def gold_in_data_scheme(self, labels: Sequence[Sequence[str]]) -> list[list[str]]:
        """True labels, however they are written, in the scheme of the training data and in standard form."""
        if not self.spans:
            return [list(sentence) for sentence in labels]
        notation = self.notation_of(labels)
        return [schemes.convert(notation.normalise(sentence), self.scheme) for sentence in labels]

    def notation_of(self, labels: Sequence[Sequence[str]]) -> Notation:
        """How labels of spans are written: as in training where that fits all of them."""
        if all(map(self.notation.is_label, {label for sentence in labels for label in sentence})):
            return self.notation
        notation = Notation.detect(labels)
        return notation if notation.spans else self.notation

    def require_alike(self, labels: Sequence[Sequence[str]]) -> None:
        """Refuse true labels of another kind.

        Raises:
            DataError: spans were learnt, and most of these are no labels of spans.
        """
        counts = Counter(label for sentence in labels for label in sentence)
        if not self.spans or self.notation_of(labels) is not self.notation:
            return
        others = [label for label, _ in counts.most_common() if not self.notation.is_known(label)]
        if 2 * sum(counts[label] for label in others) > counts.total():
            shown = ", ".join(map(quote, others[:_SHOWN]))
            raise DataError(f"expected labels of spans ({self.scheme}) as in training, got {shown}")

    def allowed(self) -> Any:
        """What may follow what, as `CRF` takes it."""
        scheme = _LEARNT_SCHEME if self.spans else "plain"
        return tuple(map(torch.from_numpy, schemes.allowed_transitions(self.labels, scheme)))

    def to_json(self) -> dict[str, Any]:
        """Give plain values, which `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Make a column of plain values.

        Raises:
            TypeError: there are other values than `to_json` gives.
        """
        return cls(Notation(**content["notation"]), list(content["labels"]))
