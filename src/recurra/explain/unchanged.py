"""A model measured and left as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from recurra.nn.device import device_of
from recurra.nn.generators import random_states, set_random_states


@contextmanager
def unchanged(model: nn.Module) -> Iterator[None]:
    """Put back what running a model changes besides its results: its buffers and modes, and torch's random numbers.

    Gradients inside are to be asked for by `torch.autograd.grad`, which leaves `.grad` alone.
    """
    modes = {module: module.training for module in model.modules()}
    buffers = {buffer: buffer.detach().clone() for buffer in model.buffers()}
    device = device_of(model)
    states = random_states(device)
    try:
        yield
    finally:
        set_random_states(states, device)
        for module, mode in modes.items():
            module.training = mode
        with torch.no_grad():
            for buffer, value in buffers.items():
                if not torch.equal(buffer, value):
                    buffer.copy_(value)
