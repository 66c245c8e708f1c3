"""Clips under a classifier: the place in the clip, and the answer at its end."""

from typing import Any

import numpy as np
import torch

from recurra.data.sequences.answers import Answers
from recurra.errors import DataError
from recurra.explain.activations.known import indicators, placed
from recurra.explain.activations.subject import Subject
from recurra.nn.device import device_of
from recurra.tasks.video.data import EncodedClips, encoded, pad
from recurra.tasks.video.task import VideoClassifier
from recurra.training.batch import to_device

_MOVING = "how much changes"


def subject_of(task: VideoClassifier, data: Any, part: str | None, steps: int) -> Subject:
    """Let a network watch clips by the first of its signals, see `language_model.subject_of`.

    Units are compared with the place in the clip, with how much its features change from step to step, and at the last
    step with the class.
    """
    network = task._fitted()
    name = next(iter(task.signals_))
    clips = task.data_module(data, part).train
    rows, features = list[int](), list[torch.Tensor]()
    for row in np.random.default_rng(0).permutation(len(clips)).tolist():  # they may be sorted by their answers
        if clips.signals[name][row] is None:
            continue
        of_clip = encoded(network, {name: clips.signals[name][row]}, task.signals_)[name].values[0]  # (S, F)
        if rows and sum(map(len, features)) + len(of_clip) > steps:
            break
        rows.append(row)
        features.append(of_clip)
    if not rows:
        raise DataError(f"{name}: expected clips that have it, got none")
    lengths = torch.tensor([len(of_clip) for of_clip in features])
    properties = placed(lengths.tolist(), "place in the clip")
    properties[_MOVING] = [_changes(of_clip.cpu().numpy()) for of_clip in features]
    properties |= _classes(network.answers, clips, rows, lengths.tolist())
    padded = pad([{name: clips.signals[name][row]} for row in rows], {name: task.signals_[name]})
    inputs, counts = to_device(padded, device_of(network))

    def run() -> None:
        network(inputs, counts)

    recurrence = network.fusion.recurrences[name]
    series = [properties[_MOVING][i][:, None] for i in range(len(rows))]
    return Subject(network, run, recurrence, properties, series=series, features=[_MOVING])


def _changes(features: np.ndarray) -> np.ndarray:
    """By how much the features (S, F) differ from those of the step before, (S,); 0 at the first."""
    differences = np.linalg.norm(np.diff(features, axis=0, prepend=features[:1]), axis=1)
    return np.asarray(differences, np.float64)


def _classes(answers: Answers, clips: EncodedClips, rows: list[int], lengths: list[int]) -> dict[str, list[np.ndarray]]:
    """The classes as properties of steps: of whole clips, of their last ones."""
    if answers.kind != "class":
        return {}
    by_step = []
    for row, length in zip(rows, lengths, strict=True):
        numbers = np.full(length, np.nan)
        if answers.per_step:
            numbers[:] = clips.answers[row]
        else:
            numbers[-1] = clips.answers[row]
        by_step.append(numbers)
    return indicators(by_step, [f"class {label}" for label in answers.labels])
