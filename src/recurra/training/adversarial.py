"""Learning from each other: a generator and a discriminator, each with a loss and an optimizer of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from recurra.settings.adversarial import AdversarialConfig
from recurra.training import precision
from recurra.training.adversarial_health import AdversarialHealth
from recurra.training.adversarial_network import AdversarialNetwork, Loss
from recurra.training.averaging import WeightAverage
from recurra.training.batch import Batch
from recurra.training.optimizer import NetworkOptimizer
from recurra.training.processes import Processes
from recurra.training.saved_state import require_average, require_entries, require_weights
from recurra.training.schedule import Schedule
from recurra.training.update import Step

_ENTRIES = ("network", "average", "optimizers", "plateau", "health")


@dataclass(frozen=True)
class Player:
    """One side of the game.

    Attributes:
        loss: of a batch.
        optimizer: of the weights that follow it.
        learning_rate: at its largest.
    """

    loss: Callable[[Any], Loss]
    optimizer: NetworkOptimizer
    learning_rate: float


class Adversarial:
    """The update of two networks that play against each other; see `recurra.training.update.Update`.

    The discriminator takes a step on every batch. After each `discriminator_steps` of these the generator has its round
    of `generator_steps`.

    Args:
        network: on the device where it is trained.
        config: the settings of both players.
        total_steps: of the whole training, for the schedule of the learning rates.
        processes: those that train together.
    """

    def __init__(
        self, network: AdversarialNetwork[Any], config: AdversarialConfig, total_steps: int, processes: Processes
    ):
        self.network: AdversarialNetwork[Any] = network
        self.loss_unit = network.loss_unit
        self.config, self.processes = config, processes
        self.schedule = Schedule(config, total_steps)
        self.average = WeightAverage(network, config)
        self.health = AdversarialHealth()
        self.players = {
            "discriminator": Player(
                network.discriminator_loss,
                NetworkOptimizer(network.discriminator_parameters(), config, processes, "discriminator"),
                config.discriminator_learning_rate or config.learning_rate,
            ),
            "generator": Player(
                network.generator_loss,
                NetworkOptimizer(network.generator_parameters(), config, processes, "generator"),
                config.learning_rate,
            ),
        }

    @property
    def evaluated_network(self) -> nn.Module:
        """The average of the weights over the generator's rounds, where one is kept, else the network."""
        return self.average.network

    # --- learning --------------------------------------------------------------------------------------------------

    def step(self, batch: Batch | None, number: int) -> Step:
        """Learn from one batch; see `Update.step`."""
        if not self.network.training:
            self.network.train()
        if batch is not None:
            batch = batch.to(self.processes.device)
        factor = self.schedule.factor(number)
        rates = {name: player.learning_rate * factor for name, player in self.players.items()}
        step = Step({}, {}, {f"{name}_learning_rate": rate for name, rate in rates.items()})
        self._learn("discriminator", batch, rates["discriminator"], step)
        if (number + 1) % self.config.discriminator_steps == 0:
            for _ in range(self.config.generator_steps):
                self._learn("generator", batch, rates["generator"], step)
            self.average.update()
        warnings = self.health.warnings(step.scores)
        return Step(step.losses, step.norms, step.learning_rates, step.scores, warnings)

    def _learn(self, name: str, batch: Batch | None, learning_rate: float, step: Step) -> None:
        """Let a player take one step; what that was like is written into `step`."""
        player, loss, weight = self.players[name], None, 0.0
        if batch is not None:
            with self._frozen_opponent(name), precision.of_loss(self.config, self.processes.device):
                result = player.loss(batch)
            loss = result.value.float()
            weight = 1.0 if self.processes.alone else self.network.loss_weight(batch)
            step.scores.update({key: float(score.detach()) for key, score in result.scores.items()})
        optimizer = player.optimizer
        step.losses[optimizer.loss_name], step.norms[optimizer.norm_name] = optimizer.step(loss, learning_rate, weight)

    @contextmanager
    def _frozen_opponent(self, name: str) -> Iterator[None]:
        """Ask for no gradient of the other player's weights inside the block."""
        weights = [
            weight for other, player in self.players.items() if other != name for weight in player.optimizer.parameters
        ]
        for weight in weights:
            weight.requires_grad_(False)
        try:
            yield
        finally:
            for weight in weights:
                weight.requires_grad_(True)

    def end_epoch(self) -> None:
        """Do nothing: no state is carried from batch to batch."""

    def stall(self, evaluations: int) -> None:
        """Begin to average, or lower the learning rates, where the settings ask for it."""
        self.average.stall(evaluations)
        self.schedule.stall(evaluations)

    # --- saving ----------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Give weights, their average, both optimizers' states, the plateau's factor and what was watched."""
        averaged = self.average.averaged
        return {
            "network": self.network.state_dict(),
            "average": None if averaged is None else averaged.state_dict(),
            "optimizers": {name: player.optimizer.state_dict() for name, player in self.players.items()},
            "plateau": self.schedule.plateau,
            "health": self.health.state_dict(),
        }

    def process_state(self) -> dict[str, Any]:
        """Give nothing: all of the state is the same in every process."""
        return {}

    def require_state(
        self, saved: Any, of_processes: Sequence[Any], first_batch: Callable[[], Batch | None], file: Path
    ) -> None:
        """Hold a saved state to these players; see `Update.require_state`."""
        require_entries(saved, _ENTRIES, file)
        require_weights(saved["network"], self.network, file)
        require_average(saved["average"], self.network, file)
        require_entries(saved["optimizers"], tuple(self.players), file)
        for name, player in self.players.items():
            player.optimizer.require_state(saved["optimizers"][name], file)
        self.schedule.require_plateau(saved["plateau"], file)
        self.health.require_state(saved["health"], file)

    def load_state(self, saved: dict[str, Any], of_process: dict[str, Any]) -> None:
        """Go back to a saved state; see `Update.load_state`."""
        self.network.load_state_dict(saved["network"])
        if saved["average"] is not None:
            self.average.begin().load_state_dict(saved["average"])
        for name, player in self.players.items():
            player.optimizer.load_state(saved["optimizers"][name])
        self.schedule.plateau = saved["plateau"]
        self.health.load_state(saved["health"])
