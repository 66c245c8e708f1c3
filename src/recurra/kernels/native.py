"""PyTorch's own recurrence, oneDNN on a CPU and cuDNN on a GPU, for the cells it knows: one layer at a time."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

_SEQUENCE = {"rnn_tanh": torch.rnn_tanh, "rnn_relu": torch.rnn_relu, "lstm": torch.lstm, "gru": torch.gru}
_STEP = {
    "rnn_tanh": torch.rnn_tanh_cell,
    "rnn_relu": torch.rnn_relu_cell,
    "lstm": torch.lstm_cell,
    "gru": torch.gru_cell,
}


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
    """Run one layer over a whole sequence.

    Args:
        mode: "rnn_tanh", "rnn_relu", "lstm" or "gru".
        x: (T, B, I), or the packed rows (N, I) when `batch_sizes` is given.
        batch_sizes: sequences alive at each step, (T,), as in a PackedSequence.
        weights: w_ih, w_hh[, b_ih, b_hh][, w_hr] of each direction, in PyTorch's order.
        states: h, or h and c, each (D, B, H) for D directions.
        bias: whether `weights` holds the two biases.
        bidirectional: whether `weights` holds two directions.
        training: whether gradients will be asked for.

    Returns:
        Outputs in the layout of `x`, and the final states.

    Raises:
        ValueError: `batch_sizes` are not of these rows; torch would leave out those beyond.
    """
    if batch_sizes is not None and not torch.compiler.is_compiling() and int(batch_sizes.sum()) != len(x):
        raise ValueError(f"batch_sizes: expected {len(x)} in all, got {int(batch_sizes.sum())}")
    given = (mode, x, batch_sizes, weights, states, bias, bidirectional, training)
    return _outside_the_graph(*given) if _breaks_graphs(mode, x) else _run(*given)


def _run(
    mode: str,
    x: Tensor,
    batch_sizes: Tensor | None,
    weights: Sequence[Tensor],
    states: tuple[Tensor, ...],
    bias: bool,
    bidirectional: bool,
    training: bool,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    hx: Any = states if mode == "lstm" else states[0]
    function: Any = _SEQUENCE[mode]
    if batch_sizes is None:
        output, *final = function(x, hx, weights, bias, 1, 0.0, training, bidirectional, False)
    else:
        output, *final = function(x, batch_sizes, hx, weights, bias, 1, 0.0, training, bidirectional)
    return output, tuple(final)


_outside_the_graph = torch.compiler.disable(_run)


def _breaks_graphs(mode: str, x: Tensor) -> bool:
    """Whether torch.compile cannot take oneDNN's LSTM into its graph, as it never takes torch.nn.LSTM.

    With gradients it keeps None among what it saves; in half precision the graph holds another type than it gives.
    """
    if not torch.compiler.is_compiling() or torch.compiler.is_exporting() or mode != "lstm":
        return False
    if x.device.type != "cpu" or x.dtype is torch.float64:
        return False
    half = x.dtype is not torch.float32 or torch.is_autocast_enabled("cpu")
    return half or torch.is_grad_enabled()


def step(mode: str, x: Tensor, states: tuple[Tensor, ...], weights: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """Run one step of one layer: x (B, I), states (B, H), weights w_ih, w_hh, b_ih, b_hh; returns the new states."""
    function: Any = _STEP[mode]
    if mode == "lstm":
        return tuple(function(x, states, *weights))
    return (function(x, states[0], *weights),)
