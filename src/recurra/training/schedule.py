"""The learning rate as a function of the step, so that only what a plateau has taken from it is to be remembered."""

import math
from pathlib import Path
from typing import Any

from recurra.settings.training import TrainingConfig
from recurra.training.saved_state import require

_WARMUP_SHARE = 10  # the warm-up is at most one in so many of all steps
_FEW = 100  # steps in all, below which hardly anything is learnt


def warmup_steps(config: TrainingConfig, total_steps: int) -> int:
    """Steps over which the learning rate rises: as the settings say, cut to a share of a short training."""
    return min(config.warmup_steps, total_steps // _WARMUP_SHARE)


def warnings(config: TrainingConfig, total_steps: int) -> list[str]:
    """What a person should know of a training that is short for its settings, a line each."""
    warmup = warmup_steps(config, total_steps)
    if warmup == config.warmup_steps:
        return []
    warning = f"{total_steps} steps in all: warm-up cut from {config.warmup_steps} to {warmup}"
    if total_steps < _FEW:
        warning += "; so few steps teach little: take more epochs or a smaller batch_size"
    return [warning]


def factor(config: TrainingConfig, step: int, total_steps: int) -> float:
    """Share of the full learning rate at a step.

    Args:
        config: its `schedule`, `warmup_steps` and `final_learning_rate`.
        step: steps done so far.
        total_steps: steps of the whole training.
    """
    warmup = warmup_steps(config, total_steps)
    if step < warmup:
        return (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, total_steps - warmup))
    end = config.final_learning_rate
    if config.schedule == "cosine":
        return end + (1 - end) * (1 + math.cos(math.pi * done)) / 2
    if config.schedule == "linear":
        return end + (1 - end) * (1 - done)
    return 1.0


class Schedule:
    """What learning rates are multiplied by: by the step, and with schedule "plateau" by how often validation stalled.

    Args:
        config: its `schedule` and what that takes.
        total_steps: of the whole training.

    Attributes:
        plateau: what stalls have multiplied the learning rate by.
    """

    def __init__(self, config: TrainingConfig, total_steps: int):
        self.config, self.total_steps = config, total_steps
        self.plateau = 1.0

    def factor(self, step: int) -> float:
        """Share of the full learning rate after so many steps."""
        return factor(self.config, step, self.total_steps) * self.plateau

    def stall(self, evaluations: int) -> None:
        """Lower the learning rate where the settings ask for it after so many evaluations without progress."""
        if self.config.schedule == "plateau" and evaluations % self.config.plateau_patience == 0:
            self.plateau *= self.config.plateau_factor

    def require_plateau(self, saved: Any, file: Path) -> None:
        """Hold a saved `plateau` to what it may be.

        Raises:
            DataError: it is no factor; names the file.
        """
        require(type(saved) in (int, float) and 0 <= saved <= 1, file, "a factor of the learning rate")
