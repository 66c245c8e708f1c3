"""Dropout, also with one mask for all time steps."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import compiled
from recurra.kernels.dropout import LEVELS, drop
from recurra.nn.generators import generator_for

_WORTH_IT = 1 << 14  # numbers


def dropout(x: Tensor, p: float) -> Tensor:
    """Zero each number with probability p and scale the others by 1 / (1 - p), as torch.nn.functional.dropout does.

    On a CPU, PyTorch draws a random number of 64 bits for each number of `x`, on one thread, which costs more than a
    layer's own work on it may, and holds the mask until the backward pass. The kernel draws 16 bits for each on all
    threads, as it multiplies, and the backward pass draws them again.

    Args:
        x: any shape.
        p: probability of zeroing, 0 <= p <= 1; for large `x` rounded to one part in 65,536, the scale with it.
    """
    limit = round(p * LEVELS)
    ours = compiled.enabled() and x.numel() >= _WORTH_IT and 0 < limit < LEVELS
    if not ours or not x.is_cpu or compiled.traced(x) or compiled.transformed():
        return _dropout(x, p)
    key = torch.empty(1, dtype=torch.int64).random_(generator=generator_for(x))  # 63 bits
    with_mask: Callable[[Tensor, int, int], Tensor] = _Drop.apply
    return with_mask(x, int(key), limit)


def _dropout(x: Tensor, p: float) -> Tensor:
    """As torch.nn.functional.dropout, which takes no generator."""
    generator = generator_for(x)
    if generator is None or p in (0, 1):
        return F.dropout(x, p)
    mask = torch.empty_like(x, requires_grad=False).bernoulli_(1 - p, generator=generator)
    return x * mask.div_(1 - p)


class _Drop(torch.autograd.Function):
    """Product with the mask of a key."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, key: int, limit: int) -> Tensor:
        ctx.mask = key, limit
        return drop(x, key, limit) if x.dtype is torch.float32 else x * _mask(x, key, limit)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None, None]:
        if compiled.transformed(dy):  # a batch of gradients
            return dy * _mask(dy, *ctx.mask), None, None
        return _Drop.apply(dy, *ctx.mask), None, None  # type: ignore[no-untyped-call]


def _mask(x: Tensor, key: int, limit: int) -> Tensor:
    return drop(torch.ones(x.shape), key, limit).to(x.dtype)


class Dropout(nn.Dropout):
    """As torch.nn.Dropout, with masks drawn by `dropout`."""

    def forward(self, input: Tensor) -> Tensor:
        """Drop in training; return `input` itself in evaluation."""
        return dropout(input, self.p) if self.training and self.p else input


def variational_mask(x: Tensor, p: float, batch_sizes: Tensor | None = None) -> Tensor:
    """Draw a dropout mask that is the same at every step (Gal and Ghahramani, 2016).

    Args:
        x: (T, B, F), or packed rows (N, F) when `batch_sizes` is given.
        p: probability of zeroing, 0 <= p <= 1.
        batch_sizes: sequences alive at each step, as in a PackedSequence.

    Returns:
        The mask, scaled by 1 / (1 - p) where anything is left, in a shape that multiplies `x`.
    """
    sequences = x.shape[1] if batch_sizes is None else int(batch_sizes[0])
    mask = _dropout(x.new_ones(sequences, x.shape[-1]), p)  # (B, F)
    if batch_sizes is None:
        return mask
    return mask[torch.cat([torch.arange(n) for n in batch_sizes.tolist()]).to(x.device)]  # (N, F)


def dropout_steps(x: Tensor, p: float, locked: bool, batch_sizes: Tensor | None = None) -> Tensor:
    """Drop features of every step: with one mask for all steps of a sequence (`locked`), or each step for itself.

    Args:
        x, p, batch_sizes: as of `variational_mask`.
        locked: whether the mask is the same at every step.
    """
    if not p:
        return x
    return x * variational_mask(x, p, batch_sizes) if locked else dropout(x, p)


class VariationalDropout(nn.Module):
    """Dropout on (T, B, F), or (B, T, F) with `batch_first`, with one mask for all steps of a sequence.

    Also called locked dropout. Source: Gal and Ghahramani, 2016, "A theoretically grounded application of dropout in
    recurrent neural networks".
    """

    def __init__(self, p: float = 0.5, batch_first: bool = False):
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"dropout probability: expected 0 <= p < 1, got {p}")
        self.p = p
        self.batch_first = batch_first

    def forward(self, x: Tensor) -> Tensor:
        """Drop features in training; return `x` itself in evaluation."""
        if not self.training or self.p == 0:
            return x
        if self.batch_first:
            return x * variational_mask(x.transpose(0, 1), self.p).unsqueeze(1)
        return x * variational_mask(x, self.p)

    def extra_repr(self) -> str:
        """Show the probability in the module's text."""
        return f"p={self.p}"
