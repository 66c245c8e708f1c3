"""Clips under a classifier: which frames, or samples of another signal, decided the answer."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recurra.errors import DataError, quote
from recurra.explain.attribution.result import SequenceAttribution
from recurra.explain.attribution.subject import Settings, Subject, explained
from recurra.tasks.video.data import encoded
from recurra.tasks.video.fusion import Features
from recurra.tasks.video.network import VideoNetwork
from recurra.tasks.video.task import VideoClassifier


def attributions(task: VideoClassifier, X: Any, target: Any, settings: Settings) -> list[SequenceAttribution]:
    """Attribute the answers to clips, by every signal that each has.

    What is attributed is the features that the encoder makes of each frame, or of a few samples; where one signal is
    looked at, the others stay as they are.

    Args:
        task: a classifier of clips.
        X: as of `predict`.
        target: the label to explain; None takes what is answered.
        settings: how.

    Raises:
        DataError: the clips are not as expected, there is no such label, or there is an answer at every frame.
    """
    answers = task.answers
    if answers.per_step:
        raise DataError("model: expected a classifier with one answer a clip, got one with an answer at every frame")
    if target is not None and target not in answers.labels:
        raise DataError(f"target: expected one of {quote(answers.labels)}, got {quote(target)}")
    clips = task.clips(X)
    signals = task.samples(clips)
    made = []
    for i in range(len(clips)):
        clip = {name: samples[i] for name, samples in signals.items() if samples[i] is not None}
        frames = {name: clips.signals[name][i] for name in clip if task.signals_[name].kind == "frames"}
        made += _of_clip(task, clip, frames, target, settings)
    return made


def _of_clip(
    task: VideoClassifier, clip: dict[str, np.ndarray], frames: dict[str, Any], target: Any, settings: Settings
) -> list[SequenceAttribution]:
    network = task._fitted()
    features = encoded(network, dict(clip), task.signals_)
    there = {name: of_signal.lengths for name, of_signal in features.items()}
    with torch.no_grad():
        logits = network.fusion.answer(features, there).final.cpu().numpy()  # (1, outputs)
    answers = network.answers
    if target is not None:
        chosen = answers.labels.index(target)
    else:
        chosen = int(answers.argmax(logits)[0] if answers.kind == "class" else logits[0].argmax())
    made = []
    for name in clip:
        output = str(answers.labels[chosen]) + (f" by {name}" if len(clip) > 1 else "")
        of_signal = explained(_subject(network, name, features, output, chosen), settings)
        if name in frames:
            steps, images = len(of_signal.inputs), frames[name]
            positions = np.arange(steps) * len(images) // steps
            of_signal = replace(of_signal, frames=[np.asarray(images[position]) for position in positions])
        made.append(replace(of_signal, seconds=_seconds(network, name, len(of_signal.inputs))))
    return made


def _seconds(network: VideoNetwork, name: str, steps: int) -> list[float]:
    """When each step of a signal is."""
    rate = network.fusion.timeline.rates[name]
    return [step / rate for step in range(steps)]


def _subject(network: VideoNetwork, name: str, features: dict[str, Features], output: str, chosen: int) -> Subject:
    """What is decided by one signal, of which `features` has (1, S, F), while the others stay as they are."""
    vectors = features[name].values  # (1, S, F)

    def score(vectors: Tensor, rows: Tensor) -> Tensor:
        count = len(vectors)
        read = {
            other: Features(values.expand(count, -1, -1), steps.expand(count))
            for other, (values, steps) in features.items()
        }
        read[name] = Features(vectors, read[name].lengths)
        there = {other: of_signal.lengths for other, of_signal in read.items()}
        logits = network.fusion.answer(read, there).final  # (N, outputs)
        if network.answers.outputs == 1:  # the log-odds of the second of two classes
            return logits[:, 0] if chosen == 1 else -logits[:, 0]
        return logits[:, chosen]

    names = [f"{time:.2f} s" for time in _seconds(network, name, vectors.shape[1])]
    return Subject(names, [output], vectors[0], torch.zeros_like(vectors[0]), score)
