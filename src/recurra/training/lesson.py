"""What a job gives the training loop."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from torch import Tensor, nn


class Lesson(Protocol):
    """What a task gives the loop: a network, batches, and a score.

    network: its call on a batch and the carried state gives loss (mean over the batch, in nats) and the next state.
    monitor: name of the score that is to become small, one of `evaluate` or "train_loss". unit: what `size` counts.
    loss_unit: what the loss is measured in.
    notes: what a person should know of the data before, a line each.
    """

    network: nn.Module
    monitor: str
    unit: str
    loss_unit: str
    notes: Sequence[str]

    def steps_per_epoch(self, epoch: int) -> int:
        """Batches of an epoch; the same for every epoch but for a remainder."""

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[tuple[Tensor, ...]]:
        """Give this process's share of the batches of an epoch, from number `start` on; () where it has none of one."""

    def size(self, batch: tuple[Tensor, ...]) -> int:
        """Count what a batch holds, for the display of speed."""

    def weight(self, batch: tuple[Tensor, ...]) -> float:
        """What the loss of a batch is a mean over, so that the shares of several processes make the same mean."""

    def evaluate(self, network: nn.Module) -> dict[str, float]:
        """Score a network on the validation part."""
