"""The labels of one column: which there are, in which scheme they came, and in which they are learnt."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from recurra.data import schemes

_INSIDE = "BIOES"  # how spans are learnt


@dataclass
class LabelColumn:
    """The labels of one column.

    scheme: as in the data, one of `schemes.SCHEMES`. labels: as they are learnt.
    """

    scheme: str
    labels: list[str]

    @classmethod
    def learn(cls, labels: Sequence[Sequence[str]]) -> "LabelColumn":
        """Find out which scheme labels follow, and which there are, the most frequent first."""
        scheme = schemes.recognise(labels)
        column = cls(scheme, [])
        counts = Counter(label for one in labels for label in column.inside(one))
        counts.update(["O"] if column.spans else [])  # so that every sentence has labels that are allowed
        column.labels = [label for label, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        return column

    @property
    def spans(self) -> bool:
        """Whether the labels are of spans."""
        return self.scheme != "plain"

    def inside(self, labels: Sequence[str]) -> list[str]:
        """Labels as they are learnt."""
        return schemes.convert(labels, _INSIDE) if self.spans else list(labels)

    def outside(self, labels: Sequence[str]) -> list[str]:
        """Labels as the data have them."""
        return schemes.convert(labels, self.scheme) if self.spans else list(labels)

    def alike(self, labels: list[list[str]]) -> list[list[str]]:
        """Labels in the scheme of the training data, in which the tagger's are."""
        scheme = schemes.recognise(labels)
        if not self.spans or scheme in ("plain", self.scheme):
            return labels
        return [schemes.convert(one, self.scheme) for one in labels]

    def allowed(self) -> Any:
        """What may follow what, as `CRF` takes it."""
        return tuple(map(torch.from_numpy, schemes.allowed(self.labels, _INSIDE if self.spans else "plain")))
