"""PyTorch's own recurrence, oneDNN on a CPU and cuDNN on a GPU, for the cells it knows."""

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from recurra.kernels.fused_cells import FusedCell


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
    layers: int = 1,
    dropout: float = 0.0,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer, or several in one call, over a whole sequence.

    Args:
        cell: one for which PyTorch has a function (`FusedCell.torch_sequence`).
        x: (T, B, I), or the packed rows (N, I) when `batch_sizes` is given.
        batch_sizes: sequences alive at each step, (T,), as in a PackedSequence.
        weights: w_ih, w_hh[, b_ih, b_hh][, w_hr] of each direction, in PyTorch's order.
        states: h, or h and c, each (L D, B, H) for L layers of D directions.
        bias: whether `weights` holds the two biases.
        bidirectional: whether `weights` holds two directions.
        training: whether gradients will be asked for, and numbers dropped.
        layers: L, whose weights follow one another.
        dropout: how many of the numbers between two layers are dropped in training.

    Returns:
        Outputs in the layout of `x`, and the final states.

    Raises:
        ValueError: `batch_sizes` are not of these rows; torch would leave out those beyond.
    """
    if batch_sizes is not None and not torch.compiler.is_compiling() and int(batch_sizes.sum()) != len(x):
        raise ValueError(f"batch_sizes: expected {len(x)} in all, got {int(batch_sizes.sum())}")
    settings = (bias, layers, dropout, training, bidirectional)
    if _breaks_graphs(cell, x):
        from recurra.kernels.native_outside_graphs import run_outside_graphs

        return run_outside_graphs(cell, x, batch_sizes, weights, states, settings)
    return run(cell, x, batch_sizes, weights, states, settings)


def run(
    cell: FusedCell,
    x: Tensor,
    batch_sizes: Tensor | None,
    weights: Sequence[Tensor],
    states: tuple[Tensor, ...],
    settings: tuple[bool, int, float, bool, bool],
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run layers as `sequence` does.

    Args:
        cell, x, batch_sizes, weights, states: as of `sequence`.
        settings: bias, layers, dropout between them, training, bidirectional, as PyTorch's functions take them.

    Returns:
        As of `sequence`.
    """
    hx = states if cell.has_memory else states[0]
    if not x.is_cuda or torch.compiler.is_compiling():
        return _called(cell, x, batch_sizes, hx, weights, settings)
    bias, layers, _, training, bidirectional = settings
    if not training and torch.is_grad_enabled():
        settings = (bias, layers, 0.0, True, bidirectional)  # else cuDNN keeps nothing for the backward pass
    if _lie_together(weights):
        return _called(cell, x, batch_sizes, hx, weights, settings)
    with warnings.catch_warnings():  # these weights were made for this call, or are some of many
        warnings.filterwarnings("ignore", message="RNN module weights are not part of single contiguous chunk")
        return _called(cell, x, batch_sizes, hx, weights, settings)


def _called(
    cell: FusedCell,
    x: Tensor,
    batch_sizes: Tensor | None,
    hx: tuple[Tensor, ...] | Tensor,
    weights: Sequence[Tensor],
    settings: tuple[bool, int, float, bool, bool],
) -> tuple[Tensor, tuple[Tensor, ...]]:
    assert cell.torch_sequence is not None, "asked for a cell that PyTorch does not know"
    if batch_sizes is None:
        output, *final = cell.torch_sequence(x, hx, weights, *settings, False)  # not batch_first
    else:
        output, *final = cell.torch_sequence(x, batch_sizes, hx, weights, *settings)
    return output, tuple(final)


def _lie_together(weights: Sequence[Tensor]) -> bool:
    """Whether the weights are all that is in one piece of memory, as cuDNN wants them."""
    storages = {weight.untyped_storage().data_ptr() for weight in weights}
    size = sum(weight.numel() for weight in weights) * weights[0].element_size()
    return len(storages) == 1 and weights[0].untyped_storage().nbytes() == size


def _breaks_graphs(cell: FusedCell, x: Tensor) -> bool:
    """Whether torch.compile cannot take oneDNN's LSTM into its graph, as it never takes torch.nn.LSTM.

    With gradients it keeps None among what it saves; in half precision the graph holds another type than it gives.
    """
    if not torch.compiler.is_compiling() or torch.compiler.is_exporting() or cell.name != "lstm":
        return False
    if x.device.type != "cpu" or x.dtype is torch.float64:
        return False
    half = x.dtype is not torch.float32 or torch.is_autocast_enabled("cpu")
    return half or torch.is_grad_enabled()


def stack(
    cell: FusedCell,
    x: Tensor,
    h0: Tensor,
    weights: Sequence[Tensor],
    *,
    bias: bool,
    layers: int,
    training: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, Tensor]:
    """Run all layers of a stack without memory cells over a padded batch.

    Args:
        cell: one for which PyTorch has a function, and which has no memory.
        x: (T, B, I), or (B, T, I) with `batch_first`.
        h0: (L D, B, H) for L layers of D directions.
        weights: of all layers and directions, one after the other, in PyTorch's order.
        bias, training, bidirectional: as of `sequence`.
        layers: L.
        batch_first: of x and the outputs.

    Returns:
        Outputs in the layout of `x`, and the final state.
    """
    assert cell.torch_sequence is not None, "asked for a cell that PyTorch does not know"
    output, final = cell.torch_sequence(x, h0, weights, bias, layers, 0.0, training, bidirectional, batch_first)
    return output, final


def step(
    cell: FusedCell, x: Tensor, states: tuple[Tensor, ...], weights: Sequence[Tensor | None]
) -> tuple[Tensor, ...]:
    """Run one step of one layer: x (B, I), states (B, H), weights w_ih, w_hh, b_ih, b_hh; returns the new states."""
    assert cell.torch_step is not None, "asked for a cell that PyTorch does not know"
    new = cell.torch_step(x, states if cell.has_memory else states[0], *weights)
    return (new,) if isinstance(new, Tensor) else tuple(new)


def stack_step(
    cell: FusedCell, x: Tensor, states: tuple[Tensor, ...], weights: Sequence[Tensor], *, bias: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one step of all layers.

    Args:
        cell: one for which PyTorch has a function.
        x: (B, I), or (I,) for one stream.
        states: h, or h and c, each (L, B, H), or (L, H).
        weights: of all layers, one after the other.
        bias: whether `weights` holds the two biases of each.

    Returns:
        The output (B, H) or (H,), and the new states.
    """
    unbatched, count = x.dim() == 1, 4 if bias else 2
    y = x.unsqueeze(0) if unbatched else x  # (B, I)
    before = [state.split(1) if unbatched else state.unbind() for state in states]  # of each state and layer, (B, H)
    layers = []
    for n, states_of_layer in enumerate(zip(*before, strict=True)):
        weights_of_layer = [*weights[n * count : (n + 1) * count], None, None][:4]
        new = step(cell, y, states_of_layer, weights_of_layer)
        layers.append(new)
        y = new[0]
    if unbatched:
        return y.squeeze(0), tuple(torch.cat(parts) for parts in zip(*layers, strict=True))
    if len(layers) == 1:
        return y, tuple(part.unsqueeze(0) for part in layers[0])  # (1, B, H), without a copy
    return y, tuple(torch.stack(parts) for parts in zip(*layers, strict=True))
