"""Batch invariance: results of a row that are, to the last bit, those of the row computed alone.

The kernels sum in one order wherever a tile has four rows or more; with fewer they keep more sums side by side, and so
round in another way. Here batches are filled up with rows of zeros until no tile is as small, and nothing is left to
PyTorch's own products, which choose an order by the number of rows. Costs little beside what a batch saves; a row alone
costs about as much as four. Term: batch-invariant kernels (He and Thinking Machines Lab, 2025, "Defeating
nondeterminism in LLM inference").
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import compiled, linear_kernel

ROWS = 12  # of the largest tile; batches of so many rows are cut into tiles of that height, or of half of it
_FEWEST_OF_LINEAR = 3 * ROWS  # with fewer rows, dot products serve, which sum in another order
_thread = threading.local()


@contextmanager
def batch_invariant() -> Iterator[None]:
    """Let results of a row not depend on the other rows, in this thread, for what runs on the compiled kernels.

    That holds for `kernels.sequence`, `kernels.linear` and steps over weights that are packed in it; where no compiled
    kernels run, or while gradients are recorded, nothing changes.
    """
    before = getattr(_thread, "invariant", False)
    _thread.invariant = compiled.enabled()
    try:
        yield
    finally:
        _thread.invariant = before


def is_invariant() -> bool:
    """Whether results are asked for that do not depend on other rows."""
    return getattr(_thread, "invariant", False) and not torch.is_grad_enabled()


def linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Give x W' + b, as of `recurra.kernels.linear`; without gradients."""
    rows = x.reshape(-1, x.shape[-1])  # (N, I)
    filled = fill(rows, max(_FEWEST_OF_LINEAR, filled_size(len(rows))))
    y = linear_kernel.forward(filled, weight, bias, threads=1)  # more of them would cut the rows in other places
    return y[: len(rows)].view(*x.shape[:-1], len(weight))


def filled_size(rows: int) -> int:
    """The next multiple of `ROWS`."""
    return -(-rows // ROWS) * ROWS


def fill(rows: Tensor, size: int, dim: int = 0) -> Tensor:
    """Rows of zeros behind those of a tensor, up to a size along a dimension."""
    missing = size - rows.shape[dim]
    if missing <= 0:
        return rows
    return torch.cat([rows, rows.new_zeros((*rows.shape[:dim], missing, *rows.shape[dim + 1 :]))], dim)


class FilledBatch:
    """The input of a layer with more sequences, as long as the longest, which are computed beside the others.

    Args:
        x: as of `recurra.kernels.sequence`: (T, B, I), packed rows (N, I), or with `symbols` the vectors (V, I).
        symbols: (T, B) or (N,), or None.
        batch_sizes: (T,) of packed rows, or None.

    Attributes:
        x: the vectors, (V, I), with rows of zeros behind.
        symbols: (T, B + A) or (N + T A,): which of them each step reads; the added sequences come first.
        batch_sizes: of these rows, or None.
    """

    def __init__(self, x: Tensor, symbols: Tensor | None, batch_sizes: Tensor | None):
        if symbols is None:
            symbols = torch.arange(x[..., 0].numel()).view(x.shape[:-1])
            x = x.reshape(-1, x.shape[-1])
        self.x = fill(x, filled_size(len(x)))
        # beside one sequence or more, these make tiles of four rows or more
        self._added = 3 if compiled.vector_floats() >= 16 else 7
        self._rows: Tensor | None = None  # where the rows of the input stand among all
        self.batch_sizes = batch_sizes
        if batch_sizes is None:
            self.symbols = torch.cat([symbols.new_zeros(len(symbols), self._added), symbols], 1)
            return
        steps = torch.arange(1, len(batch_sizes) + 1)
        self._rows = torch.arange(len(symbols)) + self._added * steps.repeat_interleave(batch_sizes)
        self.symbols = symbols.new_zeros(len(symbols) + self._added * len(batch_sizes))
        self.symbols[self._rows] = symbols
        self.batch_sizes = batch_sizes + self._added

    def states(self, states: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """States (D, B, H) with those of the added sequences before them."""
        return tuple(F.pad(part, (0, 0, self._added, 0)) for part in states)

    def results(self, y: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Outputs and final states without those of the added sequences."""
        rows = y[:, self._added :] if self._rows is None else y[self._rows]
        return rows.contiguous(), tuple(part[:, self._added :].contiguous() for part in states)
