"""How a network is scored while it learns, and the mode in which it answers."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import nn

from recurra.training.answering_precision import answering

STEPS_LEFT = "steps_left"
"""Name of the number of steps to come."""


def no_scores(network: nn.Module) -> dict[str, float]:
    """Give no score at all, where nothing is held out."""
    return {}


@dataclass(frozen=True)
class Validation:
    """Scores of what is held out, and the one that chooses the best weights.

    Attributes:
        monitor: name of the score that is to become small: one that `score` gives; "train_loss"; or STEPS_LEFT, by
            which the last weights are the best.
        score: gives a network's scores by name, each of which begins with "valid_".
        target: the training ends when the score that chooses the weights is this small.
    """

    monitor: str = "train_loss"
    score: Callable[[Any], dict[str, float]] = no_scores
    target: float = -math.inf


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode inside the block, and each of its modules back into its own after it.

    Where it answers in another precision (`answering_precision`), the block computes in that.
    """
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with answering(network):
            yield
    finally:
        for module, training in modes:
            module.training = training
