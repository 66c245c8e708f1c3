"""A training in phases: updates of one network that follow each other, such as a loss first and a game then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from recurra.training.batch import Batch
from recurra.training.saved_state import require, require_entries
from recurra.training.update import Step, Update


@dataclass(frozen=True)
class Phase:
    """A part of a training.

    Attributes:
        steps: how long it takes; the last phase goes on to the end of the training.
        begin: makes its update, when the phase begins or a training is resumed in it. It may change the network, by no
            random numbers, and so that a second call changes nothing more.
    """

    steps: int
    begin: Callable[[], Update]


class Phases:
    """The update that runs several, one after the other; see `recurra.training.update.Update`.

    When a phase has ended the loop evaluates; the next phase begins with the best weights of the one that ended, and
    seeks its own best from there. So the weights that a training comes to are the best of its last phase.

    Args:
        network: that all phases change.
        phases: in their order; those of no steps are left out.
    """

    def __init__(self, network: nn.Module, phases: Sequence[Phase]):
        self.network = network
        self.phases = [phase for phase in phases[:-1] if phase.steps] + [phases[-1]]
        self.ends = list(accumulate(phase.steps for phase in self.phases[:-1]))
        self.number = 0
        self.update = self.phases[0].begin()

    @property
    def loss_unit(self) -> str:
        """What the losses of this phase are measured in."""
        return self.update.loss_unit

    @property
    def evaluated_network(self) -> nn.Module:
        """What this phase scores and keeps."""
        return self.update.evaluated_network

    @property
    def is_last(self) -> bool:
        """Whether no other phase follows."""
        return self.number == len(self.ends)

    def ends_phase(self, steps: int) -> bool:
        """Whether this phase ends after so many steps of the training, and another follows."""
        return not self.is_last and steps == self.ends[self.number]

    def begin_next(self, weights: Mapping[str, Tensor]) -> None:
        """Go on to the next phase.

        Args:
            weights: that it begins with.
        """
        self.network.load_state_dict(weights)
        self._go_to(self.number + 1)

    def _go_to(self, number: int) -> None:
        self.number = number
        self.update = self.phases[number].begin()

    def step(self, batch: Batch | None, number: int) -> Step:
        """Learn from one batch as this phase does; see `Update.step`."""
        began = self.ends[self.number - 1] if self.number else 0
        return self.update.step(batch, number - began)

    def end_epoch(self) -> None:
        """Drop what this phase carries from batch to batch."""
        self.update.end_epoch()

    def stall(self, evaluations: int) -> None:
        """Tell this phase of evaluations without progress."""
        self.update.stall(evaluations)

    # --- saving ----------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Give the number of this phase, and the state of its update."""
        return {"phase": self.number, "update": self.update.state_dict()}

    def process_state(self) -> dict[str, Any]:
        """Give what this phase saves of this process alone."""
        return self.update.process_state()

    def require_state(
        self, saved: Any, of_processes: Sequence[Any], first_batch: Callable[[], Batch | None], file: Path
    ) -> None:
        """Go to the phase of a saved state, and hold it to that; see `Update.require_state`."""
        require_entries(saved, ("phase", "update"), file)
        number = saved["phase"]
        is_phase = type(number) is int and 0 <= number < len(self.phases)
        require(is_phase, file, f"one of {len(self.phases)} phases")
        if number != self.number:
            self._go_to(number)
        self.update.require_state(saved["update"], of_processes, first_batch, file)

    def load_state(self, saved: dict[str, Any], of_process: dict[str, Any]) -> None:
        """Go back to a saved state; see `Update.load_state`."""
        # What a phase prepares when it begins may follow from the weights, and these are the saved ones only now.
        self.network.load_state_dict(saved["update"]["network"])
        self._go_to(self.number)
        self.update.load_state(saved["update"], of_process)
