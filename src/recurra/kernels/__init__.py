"""Floor 1: the arithmetic of recurrence as torch operations.

`recurrence` runs whole sequences on the compiled kernels of csrc/, `native` on PyTorch's own, `reference` in plain
torch for every cell; `packed` is one step of a stream. A layer of `recurra.nn` asks this package and nothing below it.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import compiled, native, recurrence, recurrence_operator
from recurra.kernels.cross_entropy import linear_cross_entropy
from recurra.kernels.linear_layer import linear

__all__ = ["linear", "linear_cross_entropy", "recurrence_operator", "sequence"]

_FEW = 0.7  # rows of a table for each that is read from it

_SHORT_ROWS = 64
_SHORT_TO_RUN = {"rnn_tanh": 12, "rnn_relu": 12, "gru": 3, "lstm": 1}
_SHORT_TO_LEARN = {"rnn_tanh": 3, "rnn_relu": 3, "gru": 2, "lstm": 1}
"""With fewer steps than these and fewer rows, which are steps times sequences, PyTorch's own function is the faster."""


def is_short(mode: str, steps: int, rows: int, learns: bool) -> bool:
    """Whether PyTorch's own function is faster than the compiled kernels, since it asks less before it begins.

    Args:
        mode: as of `sequence`.
        steps: of the longest sequence.
        rows: steps of all sequences.
        learns: whether gradients will be asked for.
    """
    return rows < _SHORT_ROWS and steps < (_SHORT_TO_LEARN if learns else _SHORT_TO_RUN)[mode]


def sequence(
    mode: str,
    x: Tensor,
    batch_sizes: Tensor | None,
    weights: Sequence[Tensor],
    states: tuple[Tensor, ...],
    *,
    bias: bool,
    bidirectional: bool,
    training: bool,
    symbols: Tensor | None = None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer over a whole sequence, on the compiled kernels where they serve and gain and else on PyTorch's own.

    Arguments and results as of `native.sequence`, and `symbols`: where given, (T, B) or (N,), x is (V, I) and a step
    reads the row `x[symbol]`, as of an embedding. Where there are few rows, their products and the gradients of these
    are computed once each.
    """
    if symbols is not None and not _worth_a_table(x, symbols):
        x, symbols = F.embedding(symbols, x), None
    batch_sizes = recurrence.whole_batch_sizes(batch_sizes)
    if (
        states[0].numel() > 0
        and compiled.serves(x, *weights, *states)
        and not _gains_nothing(mode, x, weights, symbols)
    ):
        return recurrence.sequence(
            mode, x, batch_sizes, weights, states, bias=bias, bidirectional=bidirectional, symbols=symbols
        )
    x = x if symbols is None else F.embedding(symbols, x)
    return native.sequence(
        mode, x, batch_sizes, weights, states, bias=bias, bidirectional=bidirectional, training=training
    )


def _gains_nothing(mode: str, x: Tensor, weights: Sequence[Tensor], symbols: Tensor | None) -> bool:
    """Whether a sequence is too short for the compiled kernels; never where operations are recorded for elsewhere."""
    if mode == "lstm" or symbols is not None or x.dim() != 3 or x.size(0) >= _SHORT_TO_RUN[mode] or compiled.traced(x):
        return False
    learns = torch.is_grad_enabled() and (x.requires_grad or weights[0].requires_grad)
    return is_short(mode, x.size(0), x.size(0) * x.size(1), learns)


def _worth_a_table(x: Tensor, symbols: Tensor) -> bool:
    """Whether products made once a row of x and looked up are the faster way to the input products of the steps."""
    return symbols.dtype is torch.int64 and symbols.is_cpu and len(x) <= _FEW * symbols.numel()
