"""Random numbers that a network is given as input."""

import torch
from torch import Tensor

from recurra.nn.generators import generator_for


def normal(*shape: int, like: Tensor) -> Tensor:
    """Draw independent numbers of mean 0 and deviation 1, from the generators that the layers draw from.

    Args:
        shape: of what is drawn.
        like: a tensor of the same device and type.
    """
    return torch.empty(shape, device=like.device, dtype=like.dtype).normal_(generator=generator_for(like))


def uniform(*shape: int, like: Tensor) -> Tensor:
    """Draw independent numbers from 0 up to 1, as `normal` does."""
    return torch.empty(shape, device=like.device, dtype=like.dtype).uniform_(generator=generator_for(like))
