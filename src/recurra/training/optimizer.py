"""The optimizers that the settings name."""

import torch
from torch import nn

from recurra.training.settings import TrainingConfig


def make(parameters: list[nn.Parameter], config: TrainingConfig) -> torch.optim.Optimizer:
    """Make the optimizer that the settings name, for these parameters."""
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer in ("sgd", "asgd"):
        return torch.optim.SGD(parameters, rate, momentum=config.momentum, weight_decay=decay)
    adam = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.optimizer]
    return adam(parameters, rate, betas=(0.9, config.beta2), weight_decay=decay, fused=True)
