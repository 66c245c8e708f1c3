"""The memory of a classifier or a regressor: how well it answers sequences by their last k steps."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.explain.memory.outcomes import Outcomes
from recurra.explain.memory.subject import Subject, drawn, last_states, untrained_network
from recurra.tasks.classification.data import EncodedExamples
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.classification.network import SequenceNetwork, unless_full

_AT_ONCE = 1 << 15  # steps
_PROBED = 1 << 15  # steps of all sequences that the probe looks at


def subject_of(
    task: SequenceEstimator[Any], data: Any, part: str | None, answers: int, rng: np.random.Generator
) -> Subject:
    """Let a network answer sequences; with an answer at every step, steps of them. See `language_model.subject_of`.

    What is older than k steps is cut off; of two directions, what comes later is read all the same.
    """
    network = task._fitted()
    examples = task.data_module(data, part).train
    positions = _positions(examples, network.answers.per_step, answers, rng)
    histories = np.asarray([step + 1 for _, step in positions])
    sees_later = task.config.bidirectional

    def losses(chosen: np.ndarray, steps: int | None) -> np.ndarray:
        answer_losses = np.empty(len(chosen))
        windows, at = [], []
        for row, step in (positions[i] for i in chosen):
            start = 0 if steps is None else max(0, step + 1 - steps)
            stop = len(examples.inputs[row]) if sees_later else step + 1
            windows.append(np.asarray(examples.inputs[row][start:stop]))
            at.append(step - start)
        for some in batches.longest_first([len(window) for window in windows], _AT_ONCE):
            answer_losses[some] = _losses(
                network,
                examples,
                [windows[i] for i in some],
                [at[i] for i in some],
                [positions[chosen[i]] for i in some],
            )
        return answer_losses

    full = losses(np.arange(len(positions)), None)
    outcomes = Outcomes(histories, full, losses, network.loss_unit)
    rows = sorted({row for row, _ in positions})
    return Subject(network, outcomes, *_probed(task, examples, rows), _step_of(task))


@torch.no_grad()
def _losses(
    network: SequenceNetwork,
    examples: EncodedExamples,
    windows: list[np.ndarray],
    at: list[int],
    positions: list[tuple[int, int]],
) -> np.ndarray:
    """The loss of each answer, (M,)."""
    device = network.head.weight.device
    logits = _logits(network, windows)  # (M, outputs), or (M, T, outputs)
    if network.answers.per_step:
        logits = logits[torch.arange(len(at)), torch.tensor(at)]
        targets = np.stack([examples.answers[row][step] for row, step in positions])
    else:
        targets = np.stack([examples.answers[row] for row, _ in positions])
    losses: np.ndarray = network.losses(logits, batches.as_tensor(targets).to(device)).double().cpu().numpy()
    return losses


def _logits(network: SequenceNetwork, windows: list[np.ndarray]) -> Tensor:
    x, lengths = (part.to(network.head.weight.device) for part in batches.pad(windows, np.arange(len(windows))))
    logits: Tensor = network(x, unless_full(lengths, x.shape[1]))[0]
    return logits


def _positions(
    examples: EncodedExamples, per_step: bool, answers: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """The sequences and steps that are answered: the last steps, or any where there is an answer at each."""
    rows = drawn(range(len(examples)), answers, rng)
    if not per_step:
        return [(row, len(examples.inputs[row]) - 1) for row in rows]
    every = [(row, step) for row in rows for step in range(len(examples.inputs[row]))]
    return drawn(every, answers, rng)


def _step_of(task: SequenceEstimator[Any]) -> str:
    """What a step is called."""
    if task.tokenizer_ is None:
        return "step"
    return "word" if task.tokenizer_.kind == "word" else "symbol"


def _probed(task: SequenceEstimator[Any], examples: EncodedExamples, rows: Sequence[int]) -> tuple[Any, Any, Any]:
    """What the probe reads, the states that it reads it from, and the network that has learnt nothing."""
    lengths = np.cumsum([len(examples.inputs[row]) for row in rows])
    count = max(1, int((lengths <= _PROBED).sum()))
    read = [np.asarray(examples.inputs[row]) for row in rows[:count]]

    def states(of: Any) -> list[np.ndarray]:
        return last_states(of, lambda: _logits(of, read))

    return read, states, lambda: untrained_network(task)
