"""Learning from right answers: one network follows its loss."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from recurra.settings.training import TrainingConfig
from recurra.training import schedule
from recurra.training.averaging import WeightAverage
from recurra.training.batch import Batch, to_device
from recurra.training.optimizer import NetworkOptimizer
from recurra.training.processes import Processes
from recurra.training.saved_state import outline, require, require_average, require_entries, require_weights
from recurra.training.supervised_network import SupervisedNetwork
from recurra.training.update import Step
from recurra.training.validation import evaluating

_ENTRIES = ("network", "average", "optimizer", "plateau")


class Supervised:
    """The update of one network by the gradients of its loss; see `recurra.training.update.Update`.

    Args:
        network: on the device where it is trained.
        config: the settings of optimizer, learning rate, precision and average.
        total_steps: of the whole training, for the schedule of the learning rate.
        processes: those that train together.
    """

    def __init__(self, network: SupervisedNetwork[Any], config: TrainingConfig, total_steps: int, processes: Processes):
        self.network: SupervisedNetwork[Any] = network
        self.loss_unit = network.loss_unit
        self.config, self.total_steps, self.processes = config, total_steps, processes
        self.average = WeightAverage(network, config)
        self.optimizer = NetworkOptimizer(network, config, processes)
        self.carried: Any = None  # the network's state after the last batch
        self.plateau = 1.0  # what the plateau schedule has multiplied the learning rate by

    @property
    def evaluated_network(self) -> nn.Module:
        """The average of the weights over the steps, where one is kept, else the network."""
        return self.average.network

    # --- learning --------------------------------------------------------------------------------------------------

    def step(self, batch: Batch | None, number: int) -> Step:
        """Learn from one batch; see `Update.step`."""
        factor = schedule.factor(self.config, number, self.total_steps)
        learning_rate = self.config.learning_rate * factor * self.plateau
        if not self.network.training:
            self.network.train()
        loss, weight = None, 0.0
        if batch is not None:
            batch = batch.to(self.processes.device)
            loss, self.carried = self._loss(batch)
            weight = 1.0 if self.processes.alone else self.network.loss_weight(batch)
        value, norm = self.optimizer.step(loss, learning_rate, weight)
        self.average.update()
        return Step({"loss": value}, {"gradient_norm": norm}, {"learning_rate": learning_rate})

    def _loss(self, batch: Batch) -> tuple[Tensor, Any]:
        """The loss of a batch, and the state to carry on, cut off the graph of this batch."""
        is_low = self.config.precision == "bf16"
        with torch.autocast(self.processes.device.type, torch.bfloat16) if is_low else nullcontext():
            loss, state = self.network.loss(batch, self.carried)
        if state is not None:
            state = tree_map_only(Tensor, lambda part: part.detach().float(), state)
        return loss.float(), state

    def end_epoch(self) -> None:
        """Drop the state that is carried from batch to batch."""
        self.carried = None

    def stall(self, evaluations: int) -> None:
        """Begin to average, or lower the learning rate, where the settings ask for it."""
        config = self.config
        if evaluations < config.plateau_patience:
            return
        if self.average.waits:
            self.average.begin()
        if config.schedule == "plateau" and evaluations % config.plateau_patience == 0:
            self.plateau *= config.plateau_factor

    # --- saving ----------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Give weights, their average, the state of the optimizer and the factor of the plateau schedule."""
        averaged = self.average.averaged
        return {
            "network": self.network.state_dict(),
            "average": None if averaged is None else averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "plateau": self.plateau,
        }

    def process_state(self) -> dict[str, Any]:
        """Give the state that is carried on: of the sequences that this process reads."""
        return {"carried": tree_map_only(Tensor, Tensor.cpu, self.carried)}

    def require_state(
        self, saved: Any, of_processes: Sequence[Any], first_batch: Callable[[], Batch | None], file: Path
    ) -> None:
        """Hold a saved state to this network and optimizer; see `Update.require_state`."""
        require_entries(saved, _ENTRIES, file)
        require_weights(saved["network"], self.network, file)
        require_average(saved["average"], self.network, file)
        self.optimizer.require_state(saved["optimizer"], file)
        plateau = saved["plateau"]
        require(type(plateau) in (int, float) and 0 <= plateau <= 1, file, "a factor of the learning rate")
        for state in of_processes:
            require_entries(state, ("carried",), file)
        carried = [state["carried"] for state in of_processes]
        if any(state is not None for state in carried):
            expected = outline(self._carried_after(first_batch()))
            is_alike = all(outline(state) == expected for state in carried)
            require(is_alike, file, "the state that its network carries on")

    @torch.no_grad()
    def _carried_after(self, batch: Batch | None) -> Any:
        """The state that the network carries on from a batch, to compare with."""
        if batch is None:
            return None
        with evaluating(self.network):
            return self._loss(batch.to(self.processes.device))[1]

    def load_state(self, saved: dict[str, Any], of_process: dict[str, Any]) -> None:
        """Go back to a saved state; see `Update.load_state`."""
        self.network.load_state_dict(saved["network"])
        if saved["average"] is not None:
            self.average.begin().load_state_dict(saved["average"])
        self.optimizer.load_state(saved["optimizer"])
        self.plateau = saved["plateau"]
        self.carried = to_device(of_process["carried"], self.processes.device)
