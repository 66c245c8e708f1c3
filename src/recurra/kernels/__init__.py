"""Floor 1: the arithmetic of recurrence as torch operations.

`recurrence` runs whole sequences on the compiled kernels of csrc/, `native` on PyTorch's own, `reference` in plain
torch for every cell; `stream_step` is one step of a stream. A layer of `recurra.nn` asks this package and nothing below
it.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import (
    batch_invariance,
    compiled,
    cross_entropy_operator,
    linear_operator,
    linked_layers,
    native,
    recurrence,
    recurrence_operator,
    reduced_precision,
    reference,
)
from recurra.kernels.batch_invariance import FilledBatch
from recurra.kernels.cross_entropy import linear_cross_entropy
from recurra.kernels.fused_cells import FUSED_CELLS, FusedCell
from recurra.kernels.linear_layer import linear
from recurra.kernels.recurrence_call import contiguous_batch_sizes

__all__ = [
    "FUSED_CELLS",
    "FusedCell",
    "cross_entropy_operator",
    "linear",
    "linear_cross_entropy",
    "linear_operator",
    "recurrence_operator",
    "sequence",
    "step",
    "try_linked_layers",
]

_FEW = 0.7  # rows of a table for each that is read from it


def is_short(cell: FusedCell, steps: int, rows: int, inputs: int, hidden: int, learns: bool) -> bool:
    """Whether PyTorch's own function is faster than the compiled kernels.

    Args:
        cell: as of `sequence`.
        steps: of the longest sequence.
        rows: steps of all sequences.
        inputs, hidden: features I and units H of a layer.
        learns: whether gradients will be asked for.
    """
    short = cell.short_sequences
    if short is None or steps > short.most_steps:
        return False
    if batch_invariance.is_invariant() or reduced_precision.active() is not None or compiled.is_bf16_asked():
        return False
    return short.include(steps, rows, cell.gates * hidden * (inputs + hidden), learns)


def sequence(
    cell: FusedCell,
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

    Arguments and results as of `native.sequence`, for any cell of `FUSED_CELLS`, and `symbols`: where given, (T, B) or
    (N,), x is (V, I) and a step reads the row `x[symbol]`, as of an embedding. Where there are few rows, their products
    and the gradients of these are computed once each. A cell that PyTorch does not know runs in plain torch where the
    kernels do not serve. Where weights of fewer bits are asked for (`reduced_precision`), it runs over them. Within
    `torch.autocast("cpu", torch.bfloat16)` the kernels multiply bfloat16 numbers; what they give is float32.
    """
    precision = reduced_precision.active()
    if precision is not None:
        x = x if symbols is None else F.embedding(symbols, x)
        settings = {"bias": bias, "bidirectional": bidirectional}
        return reduced_precision.sequence(precision, cell, x, batch_sizes, weights, states, **settings)
    if batch_invariance.is_invariant() and compiled.serves(x, *weights, *states) and states[0].numel() > 0:
        filled = FilledBatch(x, symbols, batch_sizes)
        states = filled.states(states)
        y, finals = recurrence.sequence(
            cell,
            filled.x,
            filled.batch_sizes,
            weights,
            states,
            bias=bias,
            bidirectional=bidirectional,
            symbols=filled.symbols,
        )
        return filled.results(y, finals)
    x, symbols = _with_a_table(x, symbols)
    batch_sizes = contiguous_batch_sizes(batch_sizes)
    is_full = states[0].numel() > 0
    bf16 = is_full and x.numel() > 0 and compiled.serves_in_bf16(x, *weights, *states)
    if bf16:
        x, weights, states = _float32(x, weights, states)
    if bf16 or (is_full and compiled.serves(x, *weights, *states) and not _is_short_batch(cell, x, weights, symbols)):
        return recurrence.sequence(
            cell, x, batch_sizes, weights, states, bias=bias, bidirectional=bidirectional, symbols=symbols, bf16=bf16
        )
    x = x if symbols is None else F.embedding(symbols, x)
    if cell.torch_sequence is None:
        return reference.sequence(cell, x, batch_sizes, weights, states, bias=bias, bidirectional=bidirectional)
    return native.sequence(
        cell, x, batch_sizes, weights, states, bias=bias, bidirectional=bidirectional, training=training
    )


def try_linked_layers(
    cell: FusedCell,
    x: Tensor,
    batch_sizes: Tensor | None,
    weights: Sequence[Tensor],
    states: tuple[Tensor, ...],
    *,
    bias: bool,
    symbols: Tensor | None = None,
) -> tuple[Tensor, tuple[Tensor, ...]] | None:
    """Train several layers of one direction side by side, a thread each, where that gains; None where it does not.

    Arguments as of `sequence`, with the weights of all layers, from the lowest, and states (L, B, ...); results are the
    outputs of the highest layer and all final states.
    """
    if not torch.is_grad_enabled() or reduced_precision.active() is not None or batch_invariance.is_invariant():
        return None
    tensors = (x, *weights, *states)
    (count, batch, output), inputs = states[0].shape, x.shape[-1]
    layers = linked_layers.Layers(cell, bias, count)
    hidden = weights[0].shape[0] // cell.gates
    if not linked_layers.gain(layers, batch, inputs, hidden, output) or 0 in (batch, output, x.numel()):
        return None
    if compiled.traced(x) or not any(t.requires_grad for t in tensors) or _is_short_batch(cell, x, weights, symbols):
        return None
    bf16 = compiled.serves_in_bf16(*tensors)
    if not bf16 and not compiled.serves(*tensors):
        return None
    x, symbols = _with_a_table(x, symbols)
    if bf16:
        layers = replace(layers, bf16=True)
        x, weights, states = _float32(x, weights, states)
    return linked_layers.sequence(layers, x, symbols, contiguous_batch_sizes(batch_sizes), weights, states)


def step(
    cell: FusedCell, x: Tensor, states: tuple[Tensor, ...], weights: Sequence[Tensor | None]
) -> tuple[Tensor, ...]:
    """Run one step of one layer on PyTorch's own function, or in plain torch where it has none; differentiable.

    Args:
        cell: any of `FUSED_CELLS`.
        x: (B, I).
        states: h, or h and c, each (B, H).
        weights: w_ih, w_hh, b_ih and b_hh, or None for these two.

    Returns:
        The new states.
    """
    run = reference.step if cell.torch_step is None else native.step
    return run(cell, x, states, weights)


def _is_short_batch(cell: FusedCell, x: Tensor, weights: Sequence[Tensor], symbols: Tensor | None) -> bool:
    """Whether a sequence is short; never where operations are recorded, for other sizes may run there."""
    if cell.short_sequences is None or symbols is not None or x.dim() != 3 or compiled.traced(x):
        return False
    steps, batch, inputs = x.shape
    learns = torch.is_grad_enabled() and (x.requires_grad or weights[0].requires_grad)
    return is_short(cell, steps, steps * batch, inputs, weights[1].size(1), learns)


def _float32(
    x: Tensor, weights: Sequence[Tensor], states: tuple[Tensor, ...]
) -> tuple[Tensor, list[Tensor], tuple[Tensor, ...]]:
    """The numbers that the kernels round to bfloat16 by themselves, as they read them."""
    return x.float(), [weight.float() for weight in weights], tuple(part.float() for part in states)


def _with_a_table(x: Tensor, symbols: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """The vectors and their symbols, where products made once a vector gain; else the steps themselves."""
    if symbols is None or _worth_a_table(x, symbols):
        return x, symbols
    return F.embedding(symbols, x), None


def _worth_a_table(x: Tensor, symbols: Tensor) -> bool:
    """Whether products made once a row of x and looked up are the faster way to the input products of the steps."""
    return symbols.dtype is torch.int64 and symbols.is_cpu and len(x) <= _FEW * symbols.numel()
