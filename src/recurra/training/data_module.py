"""What a job hands to the training loop: batches, a network, and how that is scored while it learns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from torch import nn

from recurra.training.batch import Batch
from recurra.training.sources import Fingerprints
from recurra.training.validation import Validation

NetworkT = TypeVar("NetworkT", bound=nn.Module)


class DataModule(Protocol):
    """The batches of a training; what they are is a function of the epoch, so that a training can be resumed.

    Attributes:
        unit: what the `size` of a batch counts, for instance "tokens".
        warnings: what a person should know of the data before the training, a line each.
    """

    unit: str
    warnings: Sequence[str]

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[Batch | None]:
        """Give one process's share of the batches of an epoch.

        Args:
            epoch: its number, from 0.
            start: number of the first batch to give, from 0.
            rank: number of the process, from 0.
            world_size: how many processes there are.

        Yields:
            As many items in every process; None where a process has no share of a batch.
        """


def total_steps(data: DataModule, epochs: int) -> int:
    """Count the batches of so many epochs."""
    return sum(data.steps_per_epoch(epoch) for epoch in range(epochs))


@dataclass(frozen=True)
class Preparation(Generic[NetworkT]):
    """All that a job makes of a person's data before it learns.

    Attributes:
        network: what is to be trained, with the weights of the start.
        data: what it learns from.
        validation: how it is scored while it learns.
        fingerprints: hashes of the data, for `Sources`.
    """

    network: NetworkT
    data: DataModule
    validation: Validation
    fingerprints: Fingerprints
