"""When a training writes a checkpoint, and when its time is over."""

import time

from recurra.training.settings import TrainingConfig


class Clock:
    """The time since a session of a training began, and since its last checkpoint.

    Args:
        config: its `checkpoint_seconds` and `max_minutes`.
    """

    def __init__(self, config: TrainingConfig):
        self.config = config
        self.began = self.saved = time.monotonic()

    def overdue(self) -> bool:
        """Whether a checkpoint is due."""
        return time.monotonic() - self.saved > self.config.checkpoint_seconds

    def over(self) -> bool:
        """Whether this session has had its time."""
        limit = self.config.max_minutes
        return bool(limit) and time.monotonic() - self.began >= 60 * limit

    def restart(self) -> None:
        """Take note that a checkpoint was written now."""
        self.saved = time.monotonic()
