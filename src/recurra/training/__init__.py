"""Floor 3: what every job shares, and the loop that trains it."""

from recurra.settings.training import TrainingConfig
from recurra.training.task import Task

__all__ = ["Task", "TrainingConfig"]
