"""The answers of a classifier or a regressor as JSON holds them, and what goes in and comes out."""

from typing import Any

import numpy as np

from recurra.data.sequences import labels
from recurra.data.sequences.answers import Answers
from recurra.training.signature import (
    COUNT,
    NUMBER,
    PROBABILITY,
    TEXT,
    Schema,
    Signature,
    default,
    either,
    list_of,
    object_of,
)

MOST_BEGINNINGS = 1000
_WAVE = 24  # steps of an example
_MOST_SHOWN = 64  # features of an example
_FEW = 8  # features; with more, an example is a square
_MOST_STEPS = 1 << 22  # of all beginnings of a sequence: what they cost together


def records(answers: Answers, decoded: Any, probabilities: Any = None) -> list[dict[str, Any]]:
    """Answers as JSON holds them.

    Args:
        answers: what they can be.
        decoded: those of N sequences, as `predict` gives them.
        probabilities: of each label, as `predict_proba` gives them; None leaves them out.

    Returns:
        For each sequence its "answer": a label, a list of labels, or a number or several; a list of these, one a step,
        where there is one at every step. With probabilities, "probabilities" by label; a list of such, one a step.
    """
    described = [{"answer": _plain(answer)} for answer in decoded]
    if probabilities is None:
        return described
    names = [str(label) for label in answers.labels]
    for record, row in zip(described, probabilities, strict=True):
        record["probabilities"] = _by_label(names, row)
    return described


def _by_label(names: list[str], row: np.ndarray) -> Any:
    """Probabilities by label, (labels,); or a list of such, (T, labels)."""
    if row.ndim == 2:
        return [_by_label(names, step) for step in row]
    return dict(zip(names, row.tolist(), strict=True))


def _plain(answer: Any) -> Any:
    """An answer in types of JSON: dates and bytes become objects, as in the files of a run."""
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    if isinstance(answer, list | tuple):
        return [_plain(part) for part in answer]
    return labels.to_json(labels.plain(answer))


def lengths_of_beginnings(steps: int, count: int) -> list[int]:
    """How many steps some beginnings of a sequence have, evenly spaced; the last one is all of it."""
    most = max(1, min(count, steps, _MOST_STEPS // steps))
    lengths: list[int] = np.linspace(steps / most, steps, most).round().astype(int).tolist()
    return lengths


def signature(
    task: str,
    answers: Answers,
    features: int,
    has_gaps: bool,
    *,
    ranges: list[list[float]] | None = None,
    sampling_rate: int | None = None,
    numbers: list[str] | None = None,
) -> Signature:
    """What goes in and comes out.

    Args:
        task: the job's name.
        answers: what answers can be.
        features: numbers a step, I; 0 where texts are read.
        has_gaps: whether a number may be missing, which is null.
        ranges: the lowest and the highest number of each feature, to make an example of; None shows none.
        sampling_rate: in Hz of the recordings that the numbers are of, which is noted; None where they are of none.
        numbers: what the numbers of an answer are called, which is noted; None where that is not known.
    """
    output, of_steps = answer_properties(answers, numbers), _input(features, has_gaps)
    if sampling_rate is not None:
        of_steps["contentMediaType"] = f"audio/wav; rate={sampling_rate}"
    elif ranges is not None and len(ranges) <= _MOST_SHOWN:
        of_steps["examples"] = [example_of(ranges)]
    if answers.per_step:
        return Signature(task, of_steps, object_of(output))
    options = {"beginnings": default(COUNT | {"maximum": MOST_BEGINNINGS}, 0)}
    beginnings = list_of(object_of({"steps": COUNT} | output))
    return Signature(task, of_steps, object_of(output | {"beginnings": beginnings}, ["beginnings"]), options)


def example_of(ranges: list[list[float]]) -> list[list[float]]:
    """Make a sequence up whose numbers are as large as those of the training: of each feature a wave, (T, I).

    Args:
        ranges: the lowest and the highest number of each feature.
    """
    low, high = np.asarray(ranges).T  # (I,) each
    steps = _WAVE if len(ranges) < _FEW else len(ranges)
    phases = 2 * np.pi * (np.arange(steps)[:, None] / steps + np.arange(len(ranges)) / len(ranges))  # (T, I)
    waves = low + (high - low) * (1 + np.sin(phases)) / 2
    return [[float(f"{number:.6g}") for number in step] for step in waves.tolist()]


def answer_properties(answers: Answers, numbers: list[str] | None = None) -> dict[str, Schema]:
    """What the record of an answer holds, by name; arguments as of `signature`."""
    properties = {"answer": _answer(answers, numbers)}
    if answers.kind != "number":
        by_label = object_of({str(label): PROBABILITY for label in answers.labels})
        properties["probabilities"] = list_of(by_label) if answers.per_step else by_label
    return properties


def _input(features: int, has_gaps: bool) -> Schema:
    if not features:
        return TEXT | {"description": "a text"}
    number = {"type": ["number", "null"]} if has_gaps else NUMBER
    step = either(number, list_of(number, 1)) if features == 1 else list_of(number, features)
    return list_of(step) | {"minItems": 1, "description": f"a sequence of steps of {features} numbers, (T, {features})"}


def _answer(answers: Answers, numbers: list[str] | None) -> Schema:
    if answers.kind == "number":
        named = [NUMBER | {"title": name} for name in numbers or []] or [NUMBER] * answers.outputs
        answer = named[0] if len(named) == 1 else list_of(NUMBER, len(named)) | {"prefixItems": named}
    else:
        label: Schema = {"enum": [labels.to_json(label) for label in answers.labels]}
        answer = label if answers.kind == "class" else list_of(label)
        if answers.indicators:
            answer = list_of({"enum": [0, 1]}, answers.outputs)
    return list_of(answer) if answers.per_step else answer
