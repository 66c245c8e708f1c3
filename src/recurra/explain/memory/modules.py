"""The memory of any torch module: how well it answers where it reads only the last k steps."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.explain.memory.outcomes import Outcomes
from recurra.explain.memory.subject import Subject, drawn, last_states
from recurra.nn.generators import seeded

Losses = Callable[[Tensor, Tensor], Tensor]
"""From outputs (M, ...) and targets (M, ...) to a loss of each, (M,)."""


def subject_of(
    model: nn.Module, data: Any, loss: Losses | None, batch_first: bool, answers: int, rng: np.random.Generator
) -> Subject:
    """Let a module answer the sequences of a batch.

    Args:
        model: takes a batch of sequences alone.
        data: a pair of tensors: inputs (B, T, I), or symbols (B, T), and targets, (B, ...), or with one a step
            (B, T, ...). Without `batch_first` (T, B, ...) each, but for targets of whole sequences.
        loss: see `Losses`; None takes the cross-entropy of whole numbers and the squared error of others.
        batch_first: of inputs, targets and outputs.
        answers: how many are asked for, at most.
        rng: draws which.

    Raises:
        ValueError: the tensors do not fit each other or the model.
    """
    inputs, targets = _pair(data)
    x = inputs if batch_first else inputs.transpose(0, 1)  # (B, T, ...)
    size, length = x.shape[:2]

    def outputs(windows: Tensor) -> Tensor:
        result = model(windows if batch_first else windows.transpose(0, 1))
        output: Tensor = result[0] if isinstance(result, tuple | list) else result
        return output if batch_first or output.dim() < 3 else output.transpose(0, 1)

    with torch.no_grad():
        whole = outputs(x)  # (B, C), or (B, T, C)
    per_step = whole.dim() == 3 and targets.dim() > 1 and {*targets.shape[:2]} == {size, length}
    y = targets.transpose(0, 1) if per_step and not batch_first else targets
    if len(y) != size:
        raise ValueError(f"targets: expected {size}, one a sequence, got shape {tuple(targets.shape)}")
    every = [(row, step) for row in range(size) for step in (range(length) if per_step else [length - 1])]
    row, step = torch.tensor(drawn(every, answers, rng)).T
    asked = y[row, step] if per_step else y[row]

    @torch.no_grad()
    def losses(rows: np.ndarray, steps: int) -> np.ndarray:
        last = step[rows].unsqueeze(1) + torch.arange(1 - steps, 1)  # (M, k)
        read = outputs(x[row[rows].unsqueeze(1), last])
        return _checked(loss or _losses, read[:, -1] if read.dim() == 3 else read, asked[rows])

    full = _checked(loss or _losses, whole[row, step] if whole.dim() == 3 else whole[row], asked)
    outcomes = Outcomes(step.numpy() + 1, full, losses, "the loss")

    def states(of: nn.Module) -> list[np.ndarray]:
        return last_states(of, lambda: of(inputs))

    return Subject(model, outcomes, list(x.cpu().numpy()), states, lambda: _untrained(model))


def _pair(data: Any) -> tuple[Tensor, Tensor]:
    if not isinstance(data, tuple | list) or len(data) != 2 or not all(isinstance(part, Tensor) for part in data):
        raise ValueError("data: expected a pair of tensors, inputs and targets")
    if data[0].dim() < 2:
        raise ValueError(f"inputs: expected a batch of sequences, got shape {tuple(data[0].shape)}")
    return data[0], data[1]


def _losses(outputs: Tensor, targets: Tensor) -> Tensor:
    if not targets.is_floating_point():
        return F.cross_entropy(outputs, targets, reduction="none")
    squared = (outputs.reshape(targets.shape) - targets) ** 2  # (M, ...)
    return squared.flatten(1).mean(1) if squared.dim() > 1 else squared


def _checked(loss: Losses, outputs: Tensor, targets: Tensor) -> np.ndarray:
    """The losses of answers, held to be one for each."""
    losses = loss(outputs, targets)
    if losses.shape != (len(targets),):
        raise ValueError(f"loss: expected a number for each of {len(targets)} answers, got shape {tuple(losses.shape)}")
    array: np.ndarray = losses.detach().double().cpu().numpy()
    return array


def _untrained(model: nn.Module) -> nn.Module:
    """A copy whose layers have begun anew, where they know how."""
    fresh = copy.deepcopy(model)
    with seeded(0):
        for module in fresh.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()
    return fresh
