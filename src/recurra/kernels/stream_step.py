"""One step of a stream through a stack of layers, over weights packed for it once."""

from collections.abc import Sequence

import torch
from torch import Tensor

from recurra.kernels import arguments, batch_invariance, compiled
from recurra.kernels.compiled_stack import CompiledReducedStack, CompiledStack
from recurra.kernels.fused_cells import FusedCell
from recurra.kernels.reduced_types import precision_name
from recurra.kernels.torch_stack import ReducedTorchStack, TorchStack

Stack = CompiledStack | TorchStack
ReducedStack = CompiledReducedStack | ReducedTorchStack
"""Over weights of fewer bits."""

_LARGE = 150_000
"""With more numbers than this and fewer streams than the cell's record says, one step over the weights as they are is
sooner than looking at all of them before a step over the packed ones (benchmarks/changed_weights.py)."""


def is_worth_checking(cell: FusedCell, numbers: int, streams: int) -> bool:
    """Whether a step over packed weights, with the look at all numbers that it needs, is faster than one without."""
    return numbers <= _LARGE or streams >= cell.many_streams


def pack(
    cell: FusedCell,
    layers: Sequence[Sequence[Tensor]],
    residual: bool = False,
    batch_invariant: bool = False,
    dtype: torch.dtype | None = None,
) -> Stack:
    """Pack the weights of a stack for steps; the result is a copy, which later changes of them do not reach.

    Args:
        cell: of all layers.
        layers: w_ih, w_hh[, b_ih, b_hh] of each.
        residual: whether a layer's input is added to its output.
        batch_invariant: whether a stream's numbers are to be the same bits whatever streams stand beside it, as within
            `batch_invariance.batch_invariant()`; only the compiled kernels can, with up to a few rows somewhat slower.
        dtype: torch.int8 or torch.bfloat16 for weights of fewer bits (`reduced_torch` says how they are computed
            with), of which a step of few streams is as much faster as they are smaller; None for the weights' own.
    """
    _check(cell, layers)
    weights = [weight for of_layer in layers for weight in of_layer]
    is_served = compiled.serves(*weights) and all(weight.is_contiguous() for weight in weights)
    if dtype is not None and dtype is not weights[0].dtype:
        precision_name(dtype)
        if is_served:
            return CompiledReducedStack(cell, layers, residual, dtype)
        return ReducedTorchStack(cell, layers, residual, dtype)
    if is_served:
        return CompiledStack(cell, layers, residual, batch_invariant or batch_invariance.is_invariant())
    return TorchStack(cell, layers, residual)


def _check(cell: FusedCell, layers: Sequence[Sequence[Tensor]]) -> None:
    """Refuse weights that do not fit together, beyond which a kernel would read."""
    if not layers or not layers[0] or layers[0][0].dim() != 2:
        raise ValueError(f"pack: expected the weights of some layers, got {len(layers)}")
    rows, inputs = layers[0][0].shape
    hidden = rows // cell.gates
    if not hidden or not inputs:
        raise ValueError(f"pack: expected at least one unit and feature, got {(rows, inputs)}")
    for index, weights in enumerate(layers):
        name = f"layer {index}"
        if len(weights) not in (2, 4):
            raise ValueError(f"pack: {name}: expected 2 weights, or 4 with biases, got {len(weights)}")
        gates = cell.gates * hidden
        shapes = [(gates, inputs), (gates, hidden), (gates,), (gates,)]
        for weight, shape in zip(weights, shapes, strict=False):
            arguments.require_shape("pack", name, weight, shape)
        inputs = hidden
