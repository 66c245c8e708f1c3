"""Averages of the weights over the steps, which often do better than the last weights."""

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from recurra.training.settings import TrainingConfig


class WeightAverage:
    """The network to evaluate and keep: the average of the weights where one is kept, else the network itself.

    With `average_decay`, an exponential moving average from the first step. With optimizer "asgd", the plain mean since
    `begin` was called (Polyak and Juditsky, 1992; Merity et al., 2018).
    """

    def __init__(self, network: nn.Module, config: TrainingConfig):
        self.raw = network
        self.decay = config.average_decay
        self.averaged: AveragedModel | None = None
        self.waits = config.optimizer == "asgd" and not self.decay
        if self.decay:
            self.begin()

    def begin(self) -> None:
        """Start to average, if that has not happened."""
        if self.averaged is None:
            function = get_ema_multi_avg_fn(self.decay) if self.decay else None
            self.averaged = AveragedModel(self.raw, multi_avg_fn=function)

    def update(self) -> None:
        """Take the weights of a finished step in."""
        if self.averaged is not None:
            self.averaged.update_parameters(self.raw)

    @property
    def network(self) -> nn.Module:
        """What to evaluate and keep."""
        return self.raw if self.averaged is None else self.averaged.module
