"""Dropout in one pass, with a mask that a key stands for: it is drawn again where it is needed again."""

import torch
from torch import Tensor

from recurra.kernels import compiled

LEVELS = 1 << 16
"""The probability is a whole number of parts of so many."""


def drop(x: Tensor, key: int, limit: int) -> Tensor:
    """Multiply by a mask of zeros, with probability limit / LEVELS, and LEVELS / (LEVELS - limit); without gradients.

    Args:
        x: float32 on the CPU, any shape.
        key: 0 to 2**64 - 1; the same key gives the same mask on every processor, with any number of threads.
        limit: 0 to LEVELS - 1.

    Source of the mask's bits: Philox4x32-10 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011).
    """
    x = compiled.in_memory(x.detach())
    y = compiled.pooled_empty(x, *x.shape)
    scale = LEVELS / (LEVELS - limit)
    tensors = compiled.data_pointers([x, y])
    compiled.extension.dropout(x.numel(), key, limit, scale, tensors, torch.get_num_threads())
    return y
