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
        best: smallest value of the score that chooses the weights, in this phase.
        stalled: evaluations since that.
        earlier: evaluations of the phases before this.
        sums: of each loss and score of learning ("train_" before its name) and each norm of gradients, since the last
            evaluation.
        counts: how many steps had each of these.
        seconds: time spent learning, over all sessions.
        records: scores of each evaluation.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float = math.inf
    stalled: int = 0
    earlier: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    records: list[dict[str, Any]] = field(default_factory=list)

    def count(self, step: Step) -> None:
        """Take one step in."""
        self.step, self.batch = self.step + 1, self.batch + 1
        in_training = {f"train_{name}": value for name, value in {**step.losses, **step.scores}.items()}
        for name, value in {**in_training, **step.norms}.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
            self.counts[name] = self.counts.get(name, 0) + 1

    def begin_epoch(self) -> None:
        """Go to the beginning of the next pass over the data."""
        self.epoch, self.batch = self.epoch + 1, 0

    def begin_phase(self) -> None:
        """Let the best of what is to come count anew."""
        self.best, self.stalled, self.earlier = math.inf, 0, len(self.records)

    def take_means(self) -> dict[str, float]:
        """Give the mean of each loss, score and norm over the steps that had it, and begin anew."""
        means = {name: total / self.counts[name] for name, total in self.sums.items()}
        self.sums, self.counts = {}, {}
        return means

    def best_scores(self, monitor: str) -> dict[str, float]:
        """Give the scores of the evaluation of this phase in which one was smallest; none before the first.

        Args:
            monitor: name of that score.
        """
        records = [record for record in self.records[self.earlier :] if math.isfinite(record[monitor])]
        if not records:
            return {}
        best = min(records, key=lambda record: float(record[monitor]))
        return {name: value for name, value in best.items() if name == monitor or name.startswith("valid_")}
