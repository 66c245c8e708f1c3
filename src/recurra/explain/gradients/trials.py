"""Cures tried: a model learns for a short while with each, from the same start, and what became of it is measured."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from recurra.explain.gradients import advice
from recurra.explain.gradients.cures import Treatment, treat
from recurra.explain.gradients.explanation import GradientExplanation
from recurra.explain.gradients.measure import measure
from recurra.explain.model_call import Loss, loss_of
from recurra.nn.device import device_of
from recurra.nn.generators import seeded
from recurra.training.eager_optimizer import eager

MakeOptimizer = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]

_LEARNING_RATE = 2e-3


@dataclass(frozen=True)
class Schooling:
    """How a model learns while a cure is tried.

    Attributes:
        batches: what it learns from, again and again.
        steps: how many.
        optimizer: makes one for parameters; None takes Adam with a learning rate of 0.002.
        seed: of new weights and of what is drawn in training.
    """

    batches: Sequence[Any]
    steps: int
    optimizer: MakeOptimizer | None
    seed: int


@dataclass(frozen=True)
class Trial:
    """What became of a model with a cure.

    Attributes:
        cure: its name; None for the model as it is.
        before, after: the gradients before and after it learnt.
        losses: of each step.
        diverged: the step at which the loss was not finite any more; None where it stayed finite.
    """

    cure: str | None
    before: GradientExplanation
    after: GradientExplanation
    losses: list[float]
    diverged: int | None

    @property
    def meaning(self) -> str:
        """What was changed, in a few words."""
        return "as it is" if self.cure is None else advice.TEXTS[self.cure]

    @property
    def loss(self) -> float:
        """On the batch that is explained, after it learnt; infinite where it diverged."""
        return self.after.loss if self.diverged is None and math.isfinite(self.after.loss) else math.inf


def try_cures(
    model: nn.Module, batch: Any, loss: Loss | None, cells: Collection[Any], cures: Sequence[str], schooling: Schooling
) -> list[Trial]:
    """Let a model learn as it is, and with each cure that applies to it.

    Args:
        model: as it is before it learns; it is not changed.
        batch, loss, cells: as of `recurra.explain.gradients`.
        cures: names in `advice.TEXTS`.
        schooling: how it learns.

    Returns:
        The model as it is first, then each cure that applies.
    """
    trials = []
    for cure in (None, *cures):
        with torch.inference_mode(False), torch.enable_grad(), seeded(schooling.seed, device_of(model)):
            treatment = treat(cure, model, schooling.batches, loss)
            if treatment is None:
                continue
            before = measure(treatment.model, batch, loss, cells)
            losses, diverged = _learn(treatment, loss, schooling)
            after = measure(treatment.model, batch, loss, cells)
        trials.append(Trial(cure, before, after, losses, diverged))
    return trials


def _learn(treatment: Treatment, loss: Loss | None, schooling: Schooling) -> tuple[list[float], int | None]:
    """Learn for a short while; the loss of each step, and the step at which it was not finite any more."""
    parameters = [parameter for parameter in treatment.model.parameters() if parameter.requires_grad]
    make = schooling.optimizer
    optimizer = eager(torch.optim.Adam)(parameters, _LEARNING_RATE) if make is None else make(parameters)
    losses = list[float]()
    for step in range(schooling.steps):
        value = loss_of(treatment.model, treatment.batches[step % len(treatment.batches)], loss)
        assert value is not None
        losses.append(float(value.detach()))
        if not math.isfinite(losses[-1]):
            return losses, step
        optimizer.zero_grad()
        torch.autograd.backward(value)
        if treatment.clip_norm is not None:
            nn.utils.clip_grad_norm_(parameters, treatment.clip_norm)
        optimizer.step()
    return losses, None
