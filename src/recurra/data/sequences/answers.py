"""Answers to numbers and back: classes, several labels at once, or measured numbers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recurra.data.files import record
from recurra.data.files.locations import Locations, of_step
from recurra.data.sequences import answer_encoding, labels
from recurra.data.sequences.answer_encoding import number_rows, require_list, require_steps
from recurra.data.sequences.statistics import positive
from recurra.errors import DataError, quote

Kind = Literal["class", "labels", "number"]


@dataclass
class Answers:
    """What the answers of a set of examples can be.

    kind: "class", one of `labels`; "labels", any of them at once; "number", one number or more.
    labels: of the first two kinds, in order.
    per_step: whether there is an answer at every step.
    indicators: whether several labels were given as a table of 0 and 1.
    mean, scale: of numbers, one each.
    """

    kind: Kind
    labels: list[Any] = field(default_factory=list)
    per_step: bool = False
    indicators: bool = False
    mean: list[float] = field(default_factory=list)
    scale: list[float] = field(default_factory=list)

    @classmethod
    def learn(
        cls, answers: Sequence[Any], numbers: bool, per_step: bool, locations: Any = None, source: str = ""
    ) -> "Answers":
        """Find out what the answers are.

        Args:
            answers: one of each example; a list of them, one a step, with `per_step`. A row of 0 and 1, whether an
                example has each label, is an array; several labels by name are a list.
            numbers: whether they are numbers to be met (regression), or classes.
            per_step: whether each example has one at every step.
            locations: of the examples, for errors; see `recurra.data.files.locations`.
            source: the file that all are from.

        Raises:
            DataError: they are not all of one kind, or are all the same.
        """
        locations = locations or Locations(len(answers))
        if per_step:
            answers, locations = _flat_steps(answers, locations)
        if not len(answers):
            raise DataError(f"{source or 'answers'}: expected answers, got none")
        if numbers:
            y = number_rows(answers, locations)  # (N, K)
            deviation = np.where(y.min(0) < y.max(0), y.std(0), 0.0)  # rounding makes one of what never changes
            return cls("number", per_step=per_step, mean=y.mean(0).tolist(), scale=positive(deviation).tolist())
        first = answers[0]
        if isinstance(first, np.ndarray):
            return cls("labels", list(range(len(first))), per_step, indicators=True)
        if isinstance(first, list | tuple):
            return cls("labels", _several(answers, locations), per_step)
        return cls("class", _classes(answers, locations, source), per_step)

    @property
    def outputs(self) -> int:
        """How many numbers a network gives as an answer; one for two classes, the log-odds of the second."""
        if self.kind == "number":
            return len(self.mean)
        return 1 if self.kind == "class" and len(self.labels) == 2 else len(self.labels)

    def encode(self, answers: Sequence[Any], locations: Any = None, strict: bool = True) -> list[np.ndarray]:
        """Turn answers into numbers: of a class its position, of several labels 0 or 1 each, numbers standardized.

        Args:
            answers: as of `learn`.
            locations: as of `learn`.
            strict: whether labels that were not learnt are refused; else they become -1.

        Returns:
            An array an example: () or (outputs,), with `per_step` (T,) or (T, outputs).

        Raises:
            DataError: an answer is not among those that were learnt; names where it stands.
        """
        locations = locations or Locations(len(answers))
        encode_one = self._encoder(strict)
        encoded = []
        for answer, location in zip(answers, locations, strict=True):
            if not self.per_step:
                encoded.append(encode_one(answer, location))
                continue
            require_steps(answer, location)
            steps = [encode_one(step, of_step(location, i)) for i, step in enumerate(answer)]
            encoded.append(np.stack(steps))
        return encoded

    def _encoder(self, strict: bool) -> answer_encoding.Encoder:
        """What turns one answer into a number or several."""
        if self.kind == "number":
            return answer_encoding.number_encoder(self.mean, self.scale)
        if self.kind == "class":
            return answer_encoding.class_encoder(self.labels, strict)
        if self.indicators:
            return answer_encoding.indicator_encoder(len(self.labels))
        return answer_encoding.several_labels_encoder(self.labels, strict)

    def decode(self, scores: np.ndarray) -> Any:
        """Turn a network's outputs, (N, outputs), into an array of answers, or a list of lists of labels."""
        if self.kind == "number":
            y = self.unscale(scores)
            return y[:, 0] if y.shape[1] == 1 else y
        if self.kind == "class":
            return self.classes[self.argmax(scores)]
        has_label = scores > 0  # (N, labels)
        if self.indicators:
            return has_label.astype(int)
        return [[self.labels[i] for i in np.flatnonzero(row)] for row in has_label]

    def argmax(self, scores: np.ndarray) -> np.ndarray:
        """Positions of the likeliest classes, (N,)."""
        return (scores[:, 0] > 0).astype(int) if self.outputs == 1 else scores.argmax(1)

    def unscale(self, y: np.ndarray) -> np.ndarray:
        """Standardized numbers as they were measured, (N, K)."""
        measured: np.ndarray = y * np.asarray(self.scale) + np.asarray(self.mean)
        return measured

    def concatenate(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Put what belongs to each example, encoded answers or outputs, into one array with a row an answer."""
        return np.concatenate(parts) if self.per_step else np.stack(parts)

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
        return labels.as_array(self.labels)

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold, for `from_json`."""
        return asdict(self) | {"labels": [labels.to_json(label) for label in self.labels]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Answers":
        """Read what `to_json` gave."""
        if not isinstance(content["labels"], list):
            raise TypeError("labels that are no list")
        return cls(**(content | {"labels": [labels.from_json(label) for label in content["labels"]]}))

    def require_valid(self, path: Path) -> None:
        """Hold answers that were read from a file to what they are made of.

        Raises:
            DataError: a field is of another type, or missing for this kind; names the file.
        """
        record.require_types(self, path)
        numbers = self.kind == "number"
        record.require(
            numbers == bool(self.mean) and numbers != bool(self.labels), path, f"answers of kind {self.kind}"
        )
        record.require(len(self.mean) == len(self.scale), path, "as many scales as means")
        record.require(all(scale > 0 for scale in self.scale), path, "scales above 0")
        record.require(len(set(self.labels)) == len(self.labels), path, "labels of which each is there once")


def _flat_steps(answers: Sequence[Any], locations: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The answers of all steps of all examples, and the location of each."""
    flat, flat_locations = list[Any](), list[Any]()
    for answer, location in zip(answers, locations, strict=True):
        require_steps(answer, location)
        flat.extend(answer)  # a list, or the rows of an array
        flat_locations += [of_step(location, i) for i in range(len(answer))]
    return flat, flat_locations


def _several(answers: Sequence[Any], locations: Sequence[Any]) -> list[Any]:
    """The different labels of lists of them, in order."""
    plain_labels = []
    for answer, location in zip(answers, locations, strict=True):
        plain_labels += [labels.plain(label, location) for label in require_list(answer, location)]
    return labels.in_order(plain_labels)


def _classes(answers: Sequence[Any], locations: Sequence[Any], source: str) -> list[Any]:
    """The different labels, in order."""
    plain_labels = [labels.plain(label, location) for label, location in zip(answers, locations, strict=True)]
    classes = labels.in_order(plain_labels)
    if len(classes) < 2:
        raise DataError(f"{source or 'answers'}: expected at least 2 classes, got 1 class: {quote(classes[0])}")
    return classes
