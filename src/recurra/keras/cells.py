"""Keras' cells as the kernels know them: which they serve, their weights, and the run over time."""

from collections.abc import Sequence
from typing import Any

import keras
import torch
from torch import Tensor

from recurra import kernels
from recurra.keras.masks import StepMask
from recurra.kernels import FUSED_CELLS, FusedCell, compiled
from recurra.nn import layout

TRAITS = ("units", "activation", "use_bias")  # in which the two directions of a layer that runs as one agree
_TYPES = {"float32": torch.float32, "float64": torch.float64}


def serve(cell: Any, sequences: Any, mask: Any, training: bool) -> bool:
    """Whether the kernels run this cell over these sequences and give what Keras' own loop gives.

    mask: (B, T) where a step is real; None for all.
    """
    if not isinstance(sequences, Tensor) or 0 in sequences.shape:
        return False
    if sequences.dtype is not _TYPES.get(cell.compute_dtype):
        return False
    if mask is not None and mask.shape != sequences.shape[:2]:
        return False  # of each unit, or spread over the batch
    if sequences.device.type == "meta" and mask is not None:
        return False  # how long sequences are is not known there
    if training and (cell.recurrent_dropout or (cell.dropout and getattr(cell, "dropout_mask_count", None))):
        return False
    return _fused(cell) is not None and not is_watched(cell) and not _is_exporting(sequences)


def is_watched(layer: Any) -> bool:
    """Whether somebody must see each call of a layer: hooks on it or on all modules, or a `call` put on the object."""
    of_calls = layer._forward_hooks, layer._forward_pre_hooks, layer._backward_hooks, layer._backward_pre_hooks
    return any(of_calls) or "call" in vars(layer) or torch.nn.modules.module._has_any_global_hook()


def _is_exporting(sequences: Tensor) -> bool:
    """Whether a program for elsewhere is written, which must not need these kernels; torch.compile knows them."""
    if torch.compiler.is_compiling():
        return torch.compiler.is_exporting()
    return compiled.traced(sequences)


def _fused(cell: Any) -> FusedCell | None:
    """The cell of the kernels that has the same equations, if there is one."""
    kind = type(cell)
    if kind is keras.layers.SimpleRNNCell:
        names = {keras.activations.tanh: "rnn_tanh", keras.activations.relu: "rnn_relu"}
        name = names.get(cell.activation)
        return None if name is None else FUSED_CELLS[name]
    if kind not in (keras.layers.LSTMCell, keras.layers.GRUCell):
        return None  # a cell of somebody else, put in the place of the layer's
    if cell.activation is not keras.activations.tanh or cell.recurrent_activation is not keras.activations.sigmoid:
        return None
    if kind is keras.layers.LSTMCell:
        return FUSED_CELLS["lstm"]
    return FUSED_CELLS["gru"] if cell.reset_after else None


def run(
    cells: Sequence[Any], sequences: Tensor, states: Sequence[Tensor], mask: StepMask | None
) -> tuple[Tensor, list[Tensor]]:
    """Run one layer.

    Args:
        cells: one that `serve` allows, or two, the second of which reads from the end.
        sequences: (B, T, I).
        states: h, or h and c, each (D, B, H) for D cells.
        mask: which steps are real; None for all.

    Returns:
        Outputs (B, T, D H), those of the real steps first (see `StepMask.spread`), and the final states (D, B, H).
    """
    lengths = None
    if mask is not None:
        sequences, lengths = mask.gather(sequences), mask.lengths
    batch, form = layout.read(sequences, lengths, batch_first=True)
    batch = batch.unpadded()  # (N, I) where lengths differ
    shapes = {f"state {n}": tuple(state.shape) for n, state in enumerate(states)}
    fused = _fused(cells[0])
    assert fused is not None, "asked to run what serve refuses"
    weights = [weight for cell in cells for weight in _weights(cell, fused)]
    batch.x, finals = kernels.sequence(
        fused,
        batch.x,
        batch.batch_sizes,
        weights,
        tuple(layout.read_state(tuple(states), shapes, batch)),
        bias=cells[0].use_bias,
        bidirectional=len(cells) == 2,
        training=torch.is_grad_enabled(),
    )
    final = layout.write_state([finals], batch.inverse, unbatched=False)
    after = [final] if isinstance(final, Tensor) else list(final)
    if mask is not None:
        after = [mask.final_state(old, new) for old, new in zip(states, after, strict=True)]
    outputs: Any = layout.write(batch, form)
    return outputs, after


def _weights(cell: Any, fused: FusedCell) -> list[Tensor]:
    """A cell's weights in PyTorch's order: w_ih, w_hh[, b_ih, b_hh], the gates of a GRU as r, z, n (Keras: z, r, h)."""
    weights = [keras.ops.convert_to_tensor(weight).t() for weight in (cell.kernel, cell.recurrent_kernel)]  # (G, I)
    if cell.use_bias:
        bias = keras.ops.convert_to_tensor(cell.bias)
        weights += list(bias) if bias.dim() == 2 else [bias, torch.zeros_like(bias)]
    if fused.name != "gru":
        return [weight.contiguous() for weight in weights]
    parts = [weight.chunk(3) for weight in weights]
    return [torch.cat([r, z, n]) for z, r, n in parts]
