"""Where a network is."""

import torch
from torch import nn


def device_of(network: nn.Module) -> torch.device:
    """Give the device of a network that has weights, all of which lie together."""
    return next(network.parameters()).device
