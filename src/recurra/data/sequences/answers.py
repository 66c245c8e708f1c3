"""Answers to numbers and back: classes, several labels at once, or measured numbers."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recurra.data.containers.rows import is_container
from recurra.data.files import record
from recurra.data.files.numbers import number
from recurra.data.files.places import Places, of_step
from recurra.data.sequences import labels
from recurra.data.sequences.statistics import LARGEST, positive
from recurra.errors import DataError, quote, shorten

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
        cls, answers: Sequence[Any], numbers: bool, per_step: bool, places: Any = None, source: str = ""
    ) -> "Answers":
        """Find out what the answers are.

        Args:
            answers: one of each example; a list of them, one a step, with `per_step`. A row of 0 and 1, whether an
                example has each label, is an array; several labels by name are a list.
            numbers: whether they are numbers to be met (regression), or classes.
            per_step: whether each example has one at every step.
            places: where each example stands, for errors; see `recurra.data.files.places`.
            source: the file that all are from.

        Raises:
            DataError: they are not all of one kind, or are all the same.
        """
        places = places or Places(len(answers))
        if per_step:
            for answer, place in zip(answers, places, strict=True):
                require_steps(answer, place)
            flat = [answer for many in answers for answer in many]
            places = [of_step(place, i) for place, many in zip(places, answers, strict=True) for i in range(len(many))]
        else:
            flat = list(answers)
        if not flat:
            raise DataError(f"{source or 'answers'}: expected answers, got none")
        if numbers:
            y = _numbers(flat, places)
            return cls("number", per_step=per_step, mean=y.mean(0).tolist(), scale=positive(y.std(0)).tolist())
        if isinstance(flat[0], np.ndarray):
            return cls("labels", list(range(len(flat[0]))), per_step, indicators=True)
        if isinstance(flat[0], list | tuple):
            return cls("labels", _several(flat, places), per_step)
        return cls("class", _classes(flat, places, source), per_step)

    @property
    def outputs(self) -> int:
        """How many numbers a network gives as an answer; one for two classes, the log-odds of the second."""
        if self.kind == "number":
            return len(self.mean)
        return 1 if self.kind == "class" and len(self.labels) == 2 else len(self.labels)

    def encode(self, answers: Sequence[Any], places: Any = None, strict: bool = True) -> list[np.ndarray]:
        """Turn answers into numbers: of a class its position, of several labels 0 or 1 each, numbers standardized.

        Args:
            answers: as of `learn`.
            places: as of `learn`.
            strict: whether labels that were not learnt are refused; else they become -1.

        Returns:
            An array an example: () or (outputs,), with `per_step` (T,) or (T, outputs).

        Raises:
            DataError: an answer is not among those that were learnt; names where it stands.
        """
        places = places or Places(len(answers))
        encode_one = self._encoder(strict)
        encoded = []
        for answer, place in zip(answers, places, strict=True):
            if not self.per_step:
                encoded.append(np.asarray(encode_one(answer, place)))
            else:
                require_steps(answer, place)
                encoded.append(np.stack([encode_one(step, of_step(place, i)) for i, step in enumerate(answer)]))
        return encoded

    def _encoder(self, strict: bool) -> Callable[[Any, Any], Any]:
        """What turns one answer into a number or several."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        mean, scale = np.asarray(self.mean), np.asarray(self.scale)

        def number_of(label: Any, place: Any) -> int:
            try:
                return numbers[labels.plain(label)]
            except (KeyError, TypeError):
                if not strict:
                    return -1
                raise DataError(
                    f"{place}: expected one of the labels {_shown(self.labels)}, got {quote(label)}"
                ) from None

        def number(answer: Any, place: Any) -> Any:
            return (_number(answer, place, len(mean)) - mean) / scale

        def indicators(answer: Any, place: Any) -> np.ndarray:
            row = np.asarray(answer)
            if row.shape != (len(numbers),) or not np.isin(row, (0, 1)).all():
                raise DataError(f"{place}: expected {len(numbers)} times 0 or 1, whether it has each label, got {row}")
            return row.astype(np.float32)

        def several(answer: Any, place: Any) -> np.ndarray:
            row, found = np.zeros(len(numbers), np.float32), [number_of(label, place) for label in _list(answer, place)]
            row[found] = 1.0
            return row if -1 not in found else np.full_like(row, -1.0)

        if self.kind == "number":
            return number
        if self.kind == "class":
            return lambda answer, place: np.int64(number_of(answer, place))
        return indicators if self.indicators else several

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
        measured: np.ndarray = y * np.asarray(self.scale) + np.asarray(self.mean)
        return measured

    def flat(self, parts: Sequence[np.ndarray]) -> np.ndarray:
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

    def require_whole(self, path: Path) -> None:
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


def require_steps(answer: Any, place: Any) -> None:
    """Refuse what holds no answers at every step.

    Raises:
        DataError: names where it stands.
    """
    if not is_container(answer) or not len(answer):
        raise DataError(f"{place}: expected answers at every step, got {quote(answer)}")


def _list(answer: Any, place: Any) -> Any:
    if not isinstance(answer, list | tuple | set | frozenset):
        raise DataError(f"{place}: expected a list of labels, as other answers are, got {quote(answer)}")
    return answer


def _several(answers: list[Any], places: Sequence[Any]) -> list[Any]:
    """The labels of lists of them."""
    lists = ((_list(answer, place), place) for answer, place in zip(answers, places, strict=True))
    return labels.in_order(labels.plain(label, place) for answer, place in lists for label in answer)


def _classes(answers: list[Any], places: Sequence[Any], source: str) -> list[Any]:
    found = labels.in_order(labels.plain(label, place) for label, place in zip(answers, places, strict=True))
    if len(found) < 2:
        raise DataError(f"{source or 'answers'}: expected at least 2 classes, got 1 class: {quote(found[0])}")
    return found


def _number(answer: Any, place: Any, width: int | None = None) -> np.ndarray:
    """One answer as an array of numbers, (K,)."""
    try:
        y = np.asarray(number(answer) if isinstance(answer, str) else answer, np.float64).reshape(-1)
    except (TypeError, ValueError):
        raise DataError(f"{place}: expected a number as the answer, got {quote(answer)}") from None
    if not (np.abs(y) < LARGEST).all():
        raise DataError(f"{place}: expected a finite number as the answer, got {quote(answer)}")
    if width is not None and len(y) != width:
        raise DataError(f"{place}: expected {width} numbers as the answer, got {len(y)}")
    return y


def _numbers(answers: list[Any], places: Sequence[Any]) -> np.ndarray:
    """Numbers as an array (N, K)."""
    rows = [_number(answer, place) for answer, place in zip(answers, places, strict=True)]
    for row, place in zip(rows, places, strict=True):
        if len(row) != len(rows[0]):
            raise DataError(
                f"{place}: expected {len(rows[0])} numbers as the answer, as of {places[0]}, got {len(row)}"
            )
    return np.stack(rows)


def _shown(known: list[Any]) -> str:
    return ", ".join(shorten(str(label)) for label in known[:20]) + (", ..." if len(known) > 20 else "")
