"""Answers to numbers and back: classes, several labels at once, or measured numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from recurra.data.statistics import positive
from recurra.errors import DataError

Kind = Literal["class", "labels", "number"]


@dataclass
class Answers:
    """What the answers of a set of examples can be.

    kind: "class", one of `labels`; "labels", any of them at once; "number", one number or more.
    labels: of the first two kinds, in order.
    every_step: whether there is an answer at every step.
    indicators: whether several labels were given as a table of 0 and 1.
    mean, scale: of numbers, one each.
    """

    kind: Kind
    labels: list[Any] = field(default_factory=list)
    every_step: bool = False
    indicators: bool = False
    mean: list[float] = field(default_factory=list)
    scale: list[float] = field(default_factory=list)

    @classmethod
    def learn(cls, answers: Sequence[Any], numbers: bool, every_step: bool) -> "Answers":
        """Find out what the answers are.

        Args:
            answers: one of each example; a list of them, one a step, with `every_step`.
            numbers: whether they are numbers to be met (regression), or classes.
            every_step: whether each example has one at every step.

        Raises:
            DataError: they are not all of one kind, or are all the same.
        """
        flat = [one for many in answers for one in many] if every_step else list(answers)
        if numbers:
            y = _numbers(flat)
            return cls("number", every_step=every_step, mean=y.mean(0).tolist(), scale=positive(y.std(0)).tolist())
        several = isinstance(flat[0], list | tuple | np.ndarray)
        if not several:
            return cls("class", _classes(flat), every_step)
        if isinstance(answers, np.ndarray):
            return cls("labels", list(range(answers.shape[-1])), every_step, indicators=True)
        return cls("labels", sorted({label for labels in flat for label in labels}, key=str), every_step)

    @property
    def outputs(self) -> int:
        """How many numbers a network gives as an answer; one for two classes, the log-odds of the second."""
        if self.kind == "number":
            return len(self.mean)
        return 1 if self.kind == "class" and len(self.labels) == 2 else len(self.labels)

    def encode(self, answers: Sequence[Any], names: Any = None) -> list[np.ndarray]:
        """Turn answers into numbers: of a class its position, of several labels 0 or 1 each, numbers standardized.

        Returns:
            An array an example: () or (outputs,), with `every_step` (T,) or (T, outputs).

        Raises:
            DataError: an answer is not among those that were learnt; names the example.
        """
        places = {label: place for place, label in enumerate(self.labels)}

        def one(answer: Any, where: Any) -> Any:
            if self.kind == "number":
                return (_numbers([answer])[0] - self.mean) / self.scale
            if self.kind == "labels" and self.indicators:
                return np.asarray(answer, np.float32)
            try:
                if self.kind == "class":
                    return np.int64(places[answer])
                return np.isin(np.arange(len(places)), [places[label] for label in answer]).astype(np.float32)
            except KeyError as error:
                raise DataError(f"{where}: expected one of the labels {_shown(self.labels)}, got {error}") from None

        called = names or range(1, len(answers) + 1)
        if not self.every_step:
            return [np.asarray(one(answer, where)) for answer, where in zip(answers, called, strict=True)]
        return [np.stack([one(a, where) for a in many]) for many, where in zip(answers, called, strict=True)]

    def decode(self, scores: np.ndarray) -> Any:
        """Turn a network's outputs, (N, outputs), into an array of answers, or a list of lists of labels."""
        if self.kind == "number":
            y = self.unscaled(scores)
            return y[:, 0] if y.shape[1] == 1 else y
        if self.kind == "class":
            return self.classes[self.chosen(scores)]
        given = scores > 0
        if self.indicators:
            return given.astype(int)
        return [[label for label, there in zip(self.labels, row, strict=True) if there] for row in given]

    def chosen(self, scores: np.ndarray) -> np.ndarray:
        """Positions of the likeliest classes, (N,)."""
        return (scores[:, 0] > 0).astype(int) if self.outputs == 1 else scores.argmax(1)

    def unscaled(self, y: np.ndarray) -> np.ndarray:
        """Standardized numbers as they were measured, (N, K)."""
        return y * np.asarray(self.scale) + np.asarray(self.mean)

    def flat(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Put what belongs to each example, encoded answers or outputs, into one array with a row an answer."""
        return np.concatenate(parts) if self.every_step else np.stack(parts)

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Turn a network's outputs into the probability of each label, (N, labels)."""
        scores = scores.astype(np.float64)
        if self.kind == "class" and self.outputs > 1:
            powers = np.exp(scores - scores.max(1, keepdims=True))
            return np.asarray(powers / powers.sum(1, keepdims=True))
        each = 1 / (1 + np.exp(-scores))
        return np.hstack([1 - each, each]) if self.kind == "class" else each

    @property
    def classes(self) -> np.ndarray:
        """The labels as an array."""
        return np.asarray(self.labels)


def _classes(answers: list[Any]) -> list[Any]:
    try:
        labels = np.unique(np.asarray(answers)).tolist()
    except TypeError as error:
        raise DataError(f"answers: expected labels of one type, got: {error}") from None
    if len(labels) < 2:
        raise DataError(f"answers: expected at least 2 classes, got 1 class: {labels[0]!r}")
    return list(labels)


def _numbers(answers: list[Any]) -> np.ndarray:
    """Numbers as an array (N, K)."""
    try:
        y = np.asarray(answers, np.float64)
    except (TypeError, ValueError):
        raise DataError(f"answers: expected numbers, such as {answers[0]!r} is not") from None
    if not np.isfinite(y).all():
        raise DataError("answers: expected finite numbers, got NaN or infinity")
    return y.reshape(len(y), -1)


def _shown(labels: list[Any]) -> str:
    return ", ".join(map(str, labels[:20])) + (", ..." if len(labels) > 20 else "")
