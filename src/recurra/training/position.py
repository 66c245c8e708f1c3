"""Where a training stands: all that the loop writes into a checkpoint in plain numbers."""

import math
from dataclasses import dataclass, field
from typing import Any

from recurra.training.update import Step


@dataclass
class Position:
    """Where a training stands.

    Attributes:
        epoch: passes over the data that are done.
        batch: batches of this pass that are done.
        step: batches that are done, over all passes.
        best: smallest value of the score that chooses the weights.
        stalled: evaluations since that.
        losses: sum of each loss over the steps since the last evaluation.
        norms: the same of each norm of gradients.
        steps_since: how many steps these are.
        seconds: time spent learning, over all sessions.
        records: scores of each evaluation.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float = math.inf
    stalled: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    norms: dict[str, float] = field(default_factory=dict)
    steps_since: int = 0
    seconds: float = 0.0
    records: list[dict[str, Any]] = field(default_factory=list)

    def count(self, step: Step) -> None:
        """Take one step in."""
        self.step, self.batch = self.step + 1, self.batch + 1
        for sums, values in ((self.losses, step.losses), (self.norms, step.norms)):
            for name, value in values.items():
                sums[name] = sums.get(name, 0.0) + value
        self.steps_since += 1

    def begin_epoch(self) -> None:
        """Go to the beginning of the next pass over the data."""
        self.epoch, self.batch = self.epoch + 1, 0

    def take_means(self) -> dict[str, float]:
        """Give the mean of each loss ("train_" before its name) and norm since this was called last."""
        count = max(1, self.steps_since)
        means = {f"train_{name}": total / count for name, total in self.losses.items()}
        means |= {name: total / count for name, total in self.norms.items()}
        self.losses, self.norms, self.steps_since = {}, {}, 0
        return means
