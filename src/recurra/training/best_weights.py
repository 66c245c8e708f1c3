"""The weights that a training keeps: the best so far, or the last where none could be compared."""

from typing import Literal

from torch import Tensor, nn

from recurra.training import checkpoint
from recurra.training.run import RunFolder

Kind = Literal["start", "last", "best"]


class BestWeights:
    """Weights of a network, and which these are.

    Args:
        network: before it has learnt anything.
        run: folder that receives the weights; None keeps them in memory alone.

    Attributes:
        kind: "start" where nothing was learnt; "last" where no evaluation gave a number; or "best".
        values: the weights by name.
    """

    def __init__(self, network: nn.Module, run: RunFolder | None):
        self.run = run
        self.kind: Kind = "start"
        self.values = _copy(network)

    def take_best(self, network: nn.Module) -> None:
        """Keep the weights of a network whose score is the best so far."""
        self.kind, self.values = "best", _copy(network)
        if self.run:
            self.run.write_weights(network)

    def take_last(self, network: nn.Module) -> None:
        """Keep the weights of a network as they are now, where none had a score that is a number."""
        if self.kind != "best":
            self.kind, self.values = "last", _copy(network)

    def begin_anew(self) -> None:
        """Let no weights count as the best any more: from now on others are sought."""
        self.kind = "last"

    def write_last(self, network: nn.Module) -> None:
        """Write the weights of a network as they are now, where none had a score that is a number."""
        if self.run and self.kind != "best":
            self.run.write_weights(network, "last")

    def read(self, run: RunFolder, kind: Kind) -> None:
        """Go back to the weights that a run has.

        Raises:
            DataError: its file of weights is broken.
        """
        if run.weights_file.exists():
            self.values = checkpoint.read_weights(run.weights_file)
        self.kind = kind


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
