"""A layer that runs fused, on the compiled kernels, or native, on PyTorch's own function where these do not serve."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from recurra import kernels
from recurra.kernels import FUSED_CELLS, FusedCell
from recurra.nn import cells, layout
from recurra.nn.cells import Cell
from recurra.nn.layout import Batch
from recurra.nn.recurrent import checkpointing
from recurra.nn.recurrent.weights import RecurrentWeights

_BY_CLASS: dict[type[Cell], FusedCell] = {getattr(cells, fused.layer_cell): fused for fused in FUSED_CELLS.values()}
"""The record of each cell that the kernels know. A subclass is not it: its equations may be others."""


def cell_of(stack: RecurrentWeights) -> FusedCell | None:
    """The cell as the kernels know it; None for a stack that runs stepwise, for its cell or for its settings."""
    if stack.layer_norm or any(stack.zoneout.values()):
        return None
    cell = _BY_CLASS.get(type(stack._cell(0)))
    if cell is None or (stack.proj_size and not cell.is_projectable):
        return None
    return cell


def name_of(cell: Cell) -> str:
    """A cell as torch.nn's layers name it, "LSTM" or "RNN_TANH"; of one that they do not know, its class."""
    fused = _BY_CLASS.get(type(cell))
    return type(cell).__name__ if fused is None else fused.name.upper()


def run_layer(
    stack: RecurrentWeights, cell: FusedCell, number: int, batch: Batch, states: list[Tensor]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer, in all directions, over padded sequences of equal length or packed rows.

    Args:
        stack: that the layer is part of.
        cell: what `cell_of` gives for it.
        number: of the layer, from 0.
        batch: its input: x (T, B, F), or packed rows (N, F) with `batch_sizes`, or vectors (V, F) with `symbols`.
        states: of all layers, each (L D, B, H).

    Returns:
        Outputs (T, B, D H) or (N, D H), and the layer's final states, each (D, B, H).
    """
    directions = range(number * stack.num_directions, (number + 1) * stack.num_directions)
    weights = [stack._weights_in_use(index) for index in directions]
    layout.require_type("input", [batch.x], weights[0][0], "the weights are")
    if stack.num_layers > 1:
        states = [state[directions.start : directions.stop] for state in states]  # (D, B, H)
    run = partial(kernels.sequence, cell, bias=stack.bias, training=stack.training)
    if stack.checkpoint_every and torch.is_grad_enabled():
        return _run_checkpointed(partial(run, bidirectional=False), batch, states, weights, stack.checkpoint_every)
    flat = [weight for weights_of_direction in weights for weight in weights_of_direction]
    return run(
        batch.x, batch.batch_sizes, flat, tuple(states), bidirectional=stack.bidirectional, symbols=batch.symbols
    )


def try_linked(
    stack: RecurrentWeights, cell: FusedCell, batch: Batch, states: list[Tensor]
) -> tuple[Tensor, tuple[Tensor, ...]] | None:
    """Run all layers side by side, where there is nothing between them and it gains; None where not.

    Args:
        stack, cell, batch, states: as of `run_layer`, batch for the lowest layer.

    Returns:
        Outputs as of `run_layer`, and the final states of all layers, each (L, B, H).
    """
    draws = stack.training and (stack.dropout or stack.weight_dropout)
    if stack.num_layers < 2 or stack.bidirectional or stack.residual or stack.checkpoint_every or draws:
        return None
    weights = stack._flat_weights
    layout.require_type("input", [batch.x], weights[0], "the weights are")
    return kernels.try_linked_layers(
        cell, batch.x, batch.batch_sizes, weights, tuple(states), bias=stack.bias, symbols=batch.symbols
    )


def _run_checkpointed(
    run: checkpointing.RunRows,
    batch: Batch,
    states: list[Tensor],
    weights: Sequence[Sequence[Tensor]],
    every: int,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The same, direction by direction, with states kept every so many steps only."""
    outputs, finals = [], []
    for direction, weights_of_direction in enumerate(weights):
        state = tuple(part[direction : direction + 1] for part in states)  # (1, B, H)
        x = checkpointing.backwards(batch.x, batch.batch_sizes) if direction else batch.x
        y, final = checkpointing.rows(run, x, batch.batch_sizes, state, weights_of_direction, every)
        outputs.append(checkpointing.backwards(y, batch.batch_sizes) if direction else y)
        finals.append(final)
    return torch.cat(outputs, -1), tuple(torch.cat(parts) for parts in zip(*finals, strict=True))
