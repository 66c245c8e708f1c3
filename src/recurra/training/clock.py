"""When a training writes a checkpoint, when it draws its picture, and when its time is over."""

import time

from recurra.settings.training import TrainingConfig

_PICTURE_SECONDS = 10.0  # between pictures, each of which takes half a second


class Clock:
    """The time since a session of a training began, and since its last checkpoint and picture.

    Args:
        config: its `checkpoint_seconds` and `max_minutes`.
    """

    def __init__(self, config: TrainingConfig):
        self.config = config
        self.began = self.saved = self.drawn = time.monotonic()

    def overdue(self) -> bool:
        """Whether a checkpoint is due."""
        return time.monotonic() - self.saved > self.config.checkpoint_seconds

    def takes_picture(self) -> bool:
        """Whether a picture is due; the time until the next begins then."""
        due = time.monotonic() - self.drawn > _PICTURE_SECONDS
        if due:
            self.drawn = time.monotonic()
        return due

    def over(self) -> bool:
        """Whether this session has had its time."""
        limit = self.config.max_minutes
        return bool(limit) and time.monotonic() - self.began >= 60 * limit

    def restart(self) -> None:
        """Take note that a checkpoint was written now."""
        self.saved = time.monotonic()
