"""Numbers near 1e-40, which vanishing gradients are full of, and with which processors are several times as slow."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def denormals_flushed() -> Iterator[None]:
    """Let this thread take numbers below 1.2e-38 for 0 inside the block.

    The gradients of a plain network of 200 steps fall below that within 100; a step of training it is then 8 times as
    fast, and its weights are the same, since nothing of such gradients is left in a sum.
    """
    before = bool(torch.tensor(1e-30) * torch.tensor(1e-10) == 0)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)
