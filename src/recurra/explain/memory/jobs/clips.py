"""The memory of a classifier of clips: how well it answers by the last k steps of the signal that sets them."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.errors import DataError
from recurra.explain.memory.outcomes import Outcomes
from recurra.explain.memory.subject import Subject, drawn, last_states, untrained_network
from recurra.tasks.video.data import encoded
from recurra.tasks.video.fusion import Features
from recurra.tasks.video.network import VideoNetwork
from recurra.tasks.video.task import VideoClassifier

_AT_ONCE = 1 << 13  # steps
_CLIPS = 200  # at most
_PROBED = 8  # numbers of a step that the probe tells: the features that vary most


def subject_of(task: VideoClassifier, data: Any, part: str | None, answers: int, rng: np.random.Generator) -> Subject:
    """Let a network answer clips by the first of its signals, see `language_model.subject_of`.

    What is older than k steps is cut off after the encoder, which sees a frame or a few.
    """
    network = task._fitted()
    if network.answers.per_step:
        raise DataError("model: expected a classifier with one answer a clip, got one with an answer at every frame")
    clips = task.data_module(data, part).train
    name = next(iter(task.signals_))
    rows = [row for row in range(len(clips)) if clips.signals[name][row] is not None]
    rows = drawn(rows, min(answers, _CLIPS), rng)
    read_clips = [{name: clips.signals[name][row]} for row in rows]
    features = [encoded(network, clip, task.signals_)[name].values[0] for clip in read_clips]  # (S, F) each
    targets = np.stack([clips.answers[row] for row in rows])

    def losses(chosen: np.ndarray, steps: int | None) -> np.ndarray:
        windows = [features[i] if steps is None else features[i][-steps:] for i in chosen]
        answer_losses = np.empty(len(chosen))
        for some in batches.longest_first([len(window) for window in windows], _AT_ONCE):
            of_some = [windows[i] for i in some]
            answer_losses[some] = _losses(network, name, of_some, targets[chosen[some]])
        return answer_losses

    histories = np.asarray([len(steps) for steps in features])
    outcomes = Outcomes(histories, losses(np.arange(len(rows)), None), losses, network.loss_unit)
    read = _most_varied([steps.cpu().numpy() for steps in features])

    def states(of: Any) -> list[np.ndarray]:
        return last_states(of, lambda: _scores(of, name, features))

    return Subject(network, outcomes, read, states, lambda: untrained_network(task), "step")


@torch.no_grad()
def _scores(network: VideoNetwork, name: str, windows: list[Tensor]) -> Tensor:
    """The scores (M, outputs) of clips by the features (S, F) of some of their steps."""
    lengths = torch.tensor([len(window) for window in windows], device=windows[0].device)
    values = torch.nn.utils.rnn.pad_sequence(windows, batch_first=True)  # (M, S, F)
    return network.fusion.answer({name: Features(values, lengths)}, {name: lengths}).final


def _losses(network: VideoNetwork, name: str, windows: list[Tensor], targets: np.ndarray) -> np.ndarray:
    logits = _scores(network, name, windows)
    losses = network.losses(logits, batches.as_tensor(targets).to(logits.device))
    array: np.ndarray = losses.detach().double().cpu().numpy()
    return array


def _most_varied(features: list[np.ndarray]) -> list[np.ndarray]:
    """The few features of each step that vary most over all clips, (S, at most 8)."""
    deviations = np.concatenate(features).std(0)
    chosen = np.sort(np.argsort(-deviations, kind="stable")[:_PROBED])
    return [steps[:, chosen].astype(np.float64) for steps in features]
