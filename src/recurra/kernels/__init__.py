"""Floor 1: the arithmetic of recurrence as torch operations.

`recurrence` runs whole sequences on the compiled kernels of csrc/, `native` on PyTorch's own, `reference` in plain
torch for every cell; `packed` is one step of a stream. A layer of `recurra.nn` asks this package and nothing below it.
"""

from collections.abc import Sequence

from torch import Tensor

from recurra.kernels import compiled, native, recurrence
from recurra.kernels.cross_entropy import linear_cross_entropy
from recurra.kernels.linear_layer import linear

__all__ = ["linear", "linear_cross_entropy", "sequence"]


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
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer over a whole sequence, on the compiled kernels where they serve and else on PyTorch's own.

    Arguments and results as of `native.sequence`.
    """
    if compiled.serves(x, *weights, *states):
        return recurrence.sequence(mode, x, batch_sizes, weights, states, bias=bias, bidirectional=bidirectional)
    return native.sequence(
        mode, x, batch_sizes, weights, states, bias=bias, bidirectional=bidirectional, training=training
    )
