"""Averages of the weights over the steps, which often do better than the last weights."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from recurra.settings.training import TrainingConfig


class WeightAverage:
    """The network to evaluate and keep: the average of the weights where one is kept, else the network itself.

    With `average_decay`, an exponential moving average over the steps so far: each counts `decay` times the next, and
    all together 1, so that where the weights began is forgotten from the first step on. With optimizer "asgd", the
    plain mean since `begin` was called (Polyak and Juditsky, 1992; Merity et al., 2018).
    """

    def __init__(self, network: nn.Module, config: TrainingConfig):
        self.raw = network
        self.decay, self.patience = config.average_decay, config.plateau_patience
        self.averaged: AveragedModel | None = None
        self.waits = config.optimizer == "asgd" and not self.decay
        if self.decay:
            self.begin()

    def stall(self, evaluations: int) -> None:
        """Begin to average where the settings ask for it after so many evaluations without progress."""
        if self.waits and evaluations >= self.patience:
            self.begin()

    def begin(self) -> AveragedModel:
        """Start to average, if that has not happened; give the average."""
        if self.averaged is None:
            function = _moving_average(self.decay) if self.decay else None
            # what batch norm measured is averaged too: it belongs to the weights that it was measured with
            self.averaged = AveragedModel(self.raw, multi_avg_fn=function, use_buffers=function is not None)
        return self.averaged

    def update(self) -> None:
        """Take the weights of a finished step in."""
        if self.averaged is not None:
            self.averaged.update_parameters(self.raw)

    @property
    def network(self) -> nn.Module:
        """The average, or the network itself where none is kept."""
        return self.raw if self.averaged is None else self.averaged.module


def _moving_average(decay: float) -> Callable[[Any, Any, Any], None]:
    """Make the function by which `AveragedModel` takes weights in.

    As with Adam's averages, there is no pull towards where it began: after n steps a new one has the share
    (1 - decay) / (1 - decay ** n).
    """

    @torch.no_grad()
    def average(averaged: tuple[Tensor, ...], weights: tuple[Tensor, ...], count: Tensor | int) -> None:
        share = (1 - decay) / (1 - decay ** (int(count) + 1))
        for mean, weight in zip(averaged, weights, strict=True):
            if mean.is_floating_point():
                mean.lerp_(weight, share)
            else:
                mean.copy_(weight)

    return average
