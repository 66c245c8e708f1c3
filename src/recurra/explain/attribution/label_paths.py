"""The likeliest sequences of labels of a sentence under a CRF, and where the second differs from the first."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from recurra.nn import CRF


@dataclass(frozen=True)
class LabelPaths:
    """The likeliest labels of a sentence.

    Attributes:
        column: of labels.
        words: T of them.
        labels: of each path the label of each word, the likeliest path first.
        log_probs: of the paths, in nats.
    """

    column: str
    words: list[str]
    labels: list[list[str]]
    log_probs: list[float]

    @property
    def margin(self) -> float:
        """How much likelier the first path is than the second, in nats; infinite where there is only one."""
        return self.log_probs[0] - self.log_probs[1] if len(self.log_probs) > 1 else float("inf")

    @property
    def differences(self) -> list[int]:
        """The words at which the second path has another label than the first."""
        if len(self.labels) < 2:
            return []
        pairs = zip(self.labels[0], self.labels[1], strict=True)
        return [position for position, (first, second) in enumerate(pairs) if first != second]

    def numbers(self) -> dict[str, Any]:
        """All of it, as JSON holds it but for numbers that are not finite."""
        measured: dict[str, Any] = {"column": self.column, "words": self.words, "labels": self.labels}
        return measured | {"log_probs": self.log_probs, "margin": self.margin, "differences": self.differences}


def label_paths(
    crf: CRF, emissions: Tensor, words: list[str], names: list[str], column: str = "labels", count: int = 2
) -> LabelPaths:
    """Find the likeliest sequences of labels of a sentence.

    Args:
        crf: of the column.
        emissions: scores of its labels at each word, (T, K).
        words: T of them.
        names: of the K labels.
        column: what it is called.
        count: paths to find.
    """
    numbers, log_probs = crf.best(emissions.unsqueeze(0), count)  # (1, count, T), (1, count)
    is_path = log_probs[0].isfinite().tolist()  # there may be fewer
    labels = [[names[number] for number in path] for path in numbers[0].tolist()]
    return LabelPaths(
        column,
        words,
        [path for path, there in zip(labels, is_path, strict=True) if there],
        [value for value, there in zip(log_probs[0].tolist(), is_path, strict=True) if there],
    )
