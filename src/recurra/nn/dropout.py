"""Dropout, also with one mask for all time steps."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import compiled
from recurra.nn.generators import generator_for

_DRAWS_A_NUMBER = 4  # of 16 bits, from each random number of 64
_LEVELS = 1 << 16  # the probability is rounded to one part in so many
_WORTH_IT = 1 << 14  # numbers


def dropout(x: Tensor, p: float) -> Tensor:
    """Zero each number with probability p and scale the others by 1 / (1 - p), as torch.nn.functional.dropout does.

    On a CPU, PyTorch draws a random number of 64 bits for each number of `x`, on one thread, which costs more than a
    layer's own work on it may; this draws 16 bits for each.

    Args:
        x: any shape.
        p: probability of zeroing, 0 <= p <= 1; for large `x` rounded to one part in 65,536, the scale with it.
    """
    limit = round(p * _LEVELS)
    ours = x.numel() >= _WORTH_IT and 0 < limit < _LEVELS
    if not ours or not x.is_cpu or compiled.traced(x) or compiled.transformed():
        return _dropout(x, p)
    drop: Callable[[Tensor, int], Tensor] = _Drop.apply
    return drop(x, limit)


def _dropout(x: Tensor, p: float) -> Tensor:
    """As torch.nn.functional.dropout, which takes no generator."""
    generator = generator_for(x)
    if generator is None or p in (0, 1):
        return F.dropout(x, p)
    mask = torch.empty_like(x, requires_grad=False).bernoulli_(1 - p, generator=generator)
    return x * mask.div_(1 - p)


class _Drop(torch.autograd.Function):
    """Product with a mask; for large ones in memory that is used again."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, limit: int) -> Tensor:
        numbers = torch.empty(-(-x.numel() // _DRAWS_A_NUMBER), dtype=torch.int64)
        numbers.random_(-(2**63), None, generator=generator_for(x))
        draws = numbers.view(torch.int16)[: x.numel()].view(x.shape)
        mask = torch.ge(draws, limit - _LEVELS // 2, out=compiled.pooled_empty(x, *x.shape))  # of 0 and 1
        mask *= _LEVELS / (_LEVELS - limit)
        ctx.save_for_backward(mask)
        return _product(x, mask)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        (mask,) = ctx.saved_tensors
        if torch.is_grad_enabled() or compiled.transformed(dy):  # to be differentiated again, or a batch of them
            return dy * mask, None
        return _product(dy, mask), None


def _product(x: Tensor, mask: Tensor) -> Tensor:
    return torch.mul(x, mask, out=compiled.pooled_empty(x, *x.shape))


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
