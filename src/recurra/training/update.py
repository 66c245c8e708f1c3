"""What the training loop knows of learning: a thing that learns from one batch."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import nn

from recurra.errors import TrainingDiverged
from recurra.training.batch import Batch


@dataclass(frozen=True)
class Step:
    """What learning from one batch was like.

    Attributes:
        losses: of the batch, over all processes, by name. The names end in "loss".
        norms: of gradients before they are clipped, by name.
        learning_rates: that were used, by name.
        scores: other numbers that tell how the training goes, such as a discriminator's scores, by name.
        warnings: what a person should know of the training now, a line each.
    """

    losses: dict[str, float]
    norms: dict[str, float]
    learning_rates: dict[str, float]
    scores: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Update(Protocol):
    """One network that follows its loss, or several that play against each other: all that changes while learning."""

    @property
    def network(self) -> nn.Module:
        """What learns; after the training it has the best weights. Several networks are parts of one module."""

    @property
    def loss_unit(self) -> str:
        """What the losses are measured in."""

    @property
    def evaluated_network(self) -> nn.Module:
        """What is scored and kept: the network, or an average of its weights over the steps."""

    def step(self, batch: Batch | None, number: int) -> Step:
        """Learn from one batch.

        Args:
            batch: this process's share of it; None where it has none.
            number: steps done before.

        Raises:
            TrainingDiverged: a loss or gradient is not finite; no weight was changed by it.
        """

    def end_epoch(self) -> None:
        """Drop what is carried from batch to batch: the next one is not what follows."""

    def stall(self, evaluations: int) -> None:
        """Take note that so many evaluations in a row were without progress."""

    def state_dict(self) -> dict[str, Any]:
        """Give all that is to be saved and is the same in every process: tensors, numbers and texts, nested."""

    def process_state(self) -> dict[str, Any]:
        """Give what is to be saved of this process alone."""

    def require_state(
        self, saved: Any, of_processes: Sequence[Any], first_batch: Callable[[], Batch | None], file: Path
    ) -> None:
        """Hold a saved state to what this update is, before any of it is loaded.

        Args:
            saved: what should be of `state_dict`.
            of_processes: what should be of `process_state`, of each process.
            first_batch: gives the first batch of the data, to compare with what is carried from batch to batch.
            file: that it was read from.

        Raises:
            DataError: something is missing, or of another form; names the file.
        """

    def load_state(self, saved: dict[str, Any], of_process: dict[str, Any]) -> None:
        """Go back to a state that `require_state` let pass."""


def require_finite(losses: Mapping[str, float], norms: Mapping[str, float]) -> None:
    """Refuse to learn from a loss or gradient that is not finite.

    Raises:
        TrainingDiverged: one is not; names all.
    """
    values = {**losses, **norms}
    if not all(math.isfinite(value) for value in values.values()):
        named = [f"{name.replace('_', ' ')} {value}" for name, value in values.items()]
        raise TrainingDiverged(f"expected a finite loss and gradient, got {' and '.join(named)}")
