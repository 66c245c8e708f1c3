"""Updates whose gradients tell little of any single example: by one loss, and of two players."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from recurra.errors import DataError
from recurra.settings.adversarial import AdversarialConfig
from recurra.settings.training import TrainingConfig
from recurra.training import precision
from recurra.training.adversarial import Adversarial
from recurra.training.adversarial_network import AdversarialNetwork
from recurra.training.batch import Batch
from recurra.training.optimizer import NetworkOptimizer
from recurra.training.privacy.gradients import PrivateGradients
from recurra.training.processes import Processes
from recurra.training.supervised import LossFunction, Supervised
from recurra.training.supervised_network import SupervisedNetwork
from recurra.training.update import Step


@dataclass(frozen=True)
class Noise:
    """How gradients are kept private; see `PrivateGradients`.

    Attributes:
        clip_norm: of the gradient of one example.
        multiplier: standard deviation of the noise on their sum, in clipping norms.
        batch_size: examples of a batch as expected; each is drawn for itself (Poisson), so that their number varies.
    """

    clip_norm: float
    multiplier: float
    batch_size: int


class PrivateOptimizer(NetworkOptimizer):
    """A `NetworkOptimizer` that follows private gradients, of the losses of single examples.

    Args:
        parameters, config, processes, name: as of `NetworkOptimizer`.
        noise: on the gradients.

    Raises:
        DataError: several processes train together.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        config: TrainingConfig,
        processes: Processes,
        name: str,
        noise: Noise,
    ):
        super().__init__(parameters, config, processes, name)
        if not processes.alone:
            raise DataError("epsilon: expected a training in one process, got several that train together")
        self.gradients = PrivateGradients(self.parameters, noise.clip_norm, noise.multiplier, noise.batch_size)

    def step_examples(self, losses: Iterable[Tensor], learning_rate: float) -> tuple[float, float]:
        """Follow the private gradient of the losses of a batch, one for each example.

        Returns:
            The mean loss, and the norm of the private gradient.

        Raises:
            TrainingDiverged: one of them is not finite; the weights are as before.
        """
        value = self.gradients.backward(losses)
        norm = self.follow(value, learning_rate)
        return value, norm


class PrivateSupervised(Supervised):
    """A `Supervised` with private gradients; a network whose state is not carried from batch to batch.

    Args:
        network, config, total_steps, processes, name, loss, parameters: as of `Supervised`.
        noise: on the gradients.
    """

    optimizer: PrivateOptimizer

    def __init__(
        self,
        network: SupervisedNetwork[Any],
        config: TrainingConfig,
        total_steps: int,
        processes: Processes,
        noise: Noise,
        name: str = "",
        loss: LossFunction | None = None,
        parameters: Iterable[nn.Parameter] | None = None,
    ):
        super().__init__(network, config, total_steps, processes, name, loss, parameters)
        self.optimizer = PrivateOptimizer(self.optimizer.parameters, config, processes, name, noise)

    def _follow(self, batch: Batch | None, learning_rate: float) -> tuple[float, float]:
        """Follow the private gradient of a batch, example by example."""
        assert batch is not None  # one process, whose batch may be empty, but is there
        losses = (self._loss(batch.example(row))[0] for row in range(batch.size))
        return self.optimizer.step_examples(losses, learning_rate)


class PrivateAdversarial(Adversarial):
    """An `Adversarial` with private gradients of both players, since what the generator is asked for is data, too.

    Scores of the players would tell of the data, so that none are given.

    Args:
        network, config, total_steps, processes: as of `Adversarial`.
        noise: on the gradients.
    """

    def __init__(
        self,
        network: AdversarialNetwork[Any],
        config: AdversarialConfig,
        total_steps: int,
        processes: Processes,
        noise: Noise,
    ):
        super().__init__(network, config, total_steps, processes)
        for name, player in self.players.items():
            optimizer = PrivateOptimizer(player.optimizer.parameters, config, processes, name, noise)
            self.players[name] = replace(player, optimizer=optimizer)

    def _learn(self, name: str, batch: Batch | None, learning_rate: float, step: Step) -> None:
        """Let a player take one step, example by example."""
        player = self.players[name]
        optimizer = player.optimizer
        assert isinstance(optimizer, PrivateOptimizer)
        assert batch is not None
        losses = (self._example_loss(name, player.loss, batch.example(row)) for row in range(batch.size))
        value, norm = optimizer.step_examples(losses, learning_rate)
        step.losses[optimizer.loss_name], step.norms[optimizer.norm_name] = value, norm

    def _example_loss(self, name: str, loss: Callable[[Any], Any], example: Batch) -> Tensor:
        with self._frozen_opponent(name), precision.of_loss(self.config, self.processes.device):
            value: Tensor = loss(example).value
        return value.float()
