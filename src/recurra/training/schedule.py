"""The learning rate as a function of the step, so that nothing needs to be remembered to resume."""

import math

from recurra.training.settings import TrainingConfig


def factor(config: TrainingConfig, step: int, total_steps: int) -> float:
    """Share of the full learning rate at a step.

    Args:
        config: its `schedule`, `warmup_steps` and `final_learning_rate`.
        step: steps done so far.
        total_steps: steps of the whole training.
    """
    warmup = min(config.warmup_steps, total_steps // 10)
    if step < warmup:
        return (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, total_steps - warmup))
    end = config.final_learning_rate
    if config.schedule == "cosine":
        return end + (1 - end) * (1 + math.cos(math.pi * done)) / 2
    if config.schedule == "linear":
        return end + (1 - end) * (1 - done)
    return 1.0
