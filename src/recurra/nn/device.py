"""Where a network is."""

import torch
from torch import nn


def device_of(network: nn.Module) -> torch.device:
    """Give the device of a network's weights, all of which lie together; the processor where there are none."""
    return next(network.parameters(), torch.empty(0)).device
