"""The optimizer of a network, or of a player in it: gradients added up over the processes, clipped, and followed."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recurra.settings.training import TrainingConfig
from recurra.training.eager_optimizer import eager
from recurra.training.processes import Processes
from recurra.training.saved_optimizer import require_optimizer_state
from recurra.training.update import require_finite


class NetworkOptimizer:
    """What changes the weights of one network, or of a part of one.

    Args:
        parameters: on the device where they are trained; those that need no gradient are left as they are.
        config: its `optimizer`, `learning_rate`, `clip_norm` and what these take.
        processes: those that train together.
        name: that stands before the names of loss and norm, where there are several networks.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], config: TrainingConfig, processes: Processes, name: str = ""
    ):
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self.optimizer = _make(self.parameters, config)
        self.clip_norm = config.clip_norm or math.inf
        self.processes = processes
        self.loss_name = f"{name}_loss" if name else "loss"
        self.norm_name = f"{name}_gradient_norm" if name else "gradient_norm"

    def step(self, loss: Tensor | None, learning_rate: float, weight: float = 1.0) -> tuple[float, float]:
        """Follow the gradients of a loss by one step.

        Args:
            loss: a scalar; None where this process has no share of the batch.
            learning_rate: of this step.
            weight: what the loss is a mean over, such as a number of words; 0 where there is no loss.

        Returns:
            The loss and the norm of its gradient before it is clipped, over all processes.

        Raises:
            TrainingDiverged: one of them is not finite; the weights are as before.
        """
        if loss is None:
            loss, weight = torch.zeros((), device=self.processes.device), 0.0
        else:
            self._clear_gradients()  # the loss of another network may have left some here
            torch.autograd.backward(loss)
        value = self.processes.average(loss, self.parameters, weight)
        return value, self.follow(value, learning_rate)

    def follow(self, loss: float, learning_rate: float) -> float:
        """Follow the gradients that the parameters have, clipped, and give their norm before that.

        Args:
            loss: what they are the gradients of.
            learning_rate: of this step.

        Raises:
            TrainingDiverged: loss or norm are not finite; the weights are as before.
        """
        norm_tensor = nn.utils.get_total_norm([p.grad for p in self.parameters if p.grad is not None])
        norm = float(norm_tensor)
        if norm > self.clip_norm:  # else the gradients would be multiplied by 1
            nn.utils.clip_grads_with_norm_(self.parameters, self.clip_norm, norm_tensor)
        require_finite({self.loss_name: loss}, {self.norm_name: norm})
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        self._clear_gradients()
        return norm

    def _clear_gradients(self) -> None:
        """Do what `zero_grad` does, without what it asks of profilers, which takes longer than a small layer."""
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Give what is to be saved."""
        state = self.optimizer.state_dict()
        return {name: state[name] for name in ("state", "param_groups")}

    def require_state(self, saved: Any, file: Path) -> None:
        """Hold a saved state to this optimizer.

        Raises:
            DataError: it is that of another, or of other parameters; names the file.
        """
        require_optimizer_state(saved, self.optimizer, file)

    def load_state(self, saved: dict[str, Any]) -> None:
        """Go back to a state that `require_state` let pass."""
        self.optimizer.load_state_dict(saved)


def _make(parameters: list[nn.Parameter], config: TrainingConfig) -> torch.optim.Optimizer:
    """Make the optimizer that the settings name, for these parameters."""
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer in ("sgd", "asgd"):
        return eager(torch.optim.SGD)(parameters, rate, momentum=config.momentum, weight_decay=decay)
    adam = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return eager(adam)(parameters, rate, betas=(config.beta1, config.beta2), weight_decay=decay, fused=True)
