"""Learning from right answers: one network follows its loss."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from recurra.settings.training import TrainingConfig
from recurra.training import precision
from recurra.training.averaging import WeightAverage
from recurra.training.batch import Batch, to_device
from recurra.training.optimizer import NetworkOptimizer
from recurra.training.processes import Processes
from recurra.training.saved_state import outline, require, require_average, require_entries, require_weights
from recurra.training.schedule import Schedule
from recurra.training.supervised_network import SupervisedNetwork
from recurra.training.update import Step
from recurra.training.validation import evaluating

LossFunction = Callable[[Any, Any], tuple[Tensor, Any]]
"""From a batch and a carried state to the loss and the state to carry on."""
_ENTRIES = ("network", "average", "optimizer", "plateau")


class Supervised:
    """The update of one network by the gradients of its loss; see `recurra.training.update.Update`.

    Args:
        network: on the device where it is trained.
        config: the settings of optimizer, learning rate, precision and average.
        total_steps: of the whole training, for the schedule of the learning rate.
        processes: those that train together.
        name: that stands before the names of loss, norm and learning rate, where a training has several phases.
        loss: to follow in the place of `network.loss`, with the same arguments and results.
        parameters: to change in the place of all of the network's.
    """

    def __init__(
        self,
        network: SupervisedNetwork[Any],
        config: TrainingConfig,
        total_steps: int,
        processes: Processes,
        name: str = "",
        loss: LossFunction | None = None,
        parameters: Iterable[nn.Parameter] | None = None,
    ):
        self.network: SupervisedNetwork[Any] = network
        self.loss_unit = network.loss_unit
        self.loss = loss or network.loss
        self.config, self.processes = config, processes
        self.schedule = Schedule(config, total_steps)
        self.average = WeightAverage(network, config)
        self.optimizer = NetworkOptimizer(parameters or network.parameters(), config, processes, name)
        self.rate_name = f"{name}_learning_rate" if name else "learning_rate"
        self.carried: Any = None  # the network's state after the last batch

    @property
    def evaluated_network(self) -> nn.Module:
        """The average of the weights over the steps, where one is kept, else the network."""
        return self.average.network

    # --- learning --------------------------------------------------------------------------------------------------

    def step(self, batch: Batch | None, number: int) -> Step:
        """Learn from one batch; see `Update.step`."""
        learning_rate = self.config.learning_rate * self.schedule.factor(number)
        if not self.network.training:
            self.network.train()
        value, norm = self._follow(None if batch is None else batch.to(self.processes.device), learning_rate)
        self.average.update()
        optimizer = self.optimizer
        return Step({optimizer.loss_name: value}, {optimizer.norm_name: norm}, {self.rate_name: learning_rate})

    def _follow(self, batch: Batch | None, learning_rate: float) -> tuple[float, float]:
        """Follow the loss of a batch by one step, and give it and the norm of its gradient."""
        if batch is None:
            return self.optimizer.step(None, learning_rate)
        loss, self.carried = self._loss(batch)
        weight = 1.0 if self.processes.alone else self.network.loss_weight(batch)
        return self.optimizer.step(loss, learning_rate, weight)

    def _loss(self, batch: Batch) -> tuple[Tensor, Any]:
        """The loss of a batch, and the state to carry on, cut off the graph of this batch."""
        with precision.of_loss(self.config, self.processes.device):
            loss, state = self.loss(batch, self.carried)
        if state is not None:
            state = tree_map_only(Tensor, lambda part: part.detach().float(), state)
        return loss.float(), state

    def end_epoch(self) -> None:
        """Drop the state that is carried from batch to batch."""
        self.carried = None

    def stall(self, evaluations: int) -> None:
        """Begin to average, or lower the learning rate, where the settings ask for it."""
        self.average.stall(evaluations)
        self.schedule.stall(evaluations)

    # --- saving ----------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Give weights, their average, the state of the optimizer and the factor of the plateau schedule."""
        averaged = self.average.averaged
        return {
            "network": self.network.state_dict(),
            "average": None if averaged is None else averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "plateau": self.schedule.plateau,
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
        self.schedule.require_plateau(saved["plateau"], file)
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
        self.schedule.plateau = saved["plateau"]
        self.carried = to_device(of_process["carried"], self.processes.device)
