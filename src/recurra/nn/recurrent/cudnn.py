"""A stack on a GPU: cuDNN runs its layers in one call, over weights that lie in one piece of memory.

Where they do not, cuDNN copies them together before each call, and PyTorch warns of it.
"""

import torch
from torch import Tensor, nn
from torch.backends.cudnn.rnn import get_cudnn_mode

from recurra.kernels import FusedCell, native
from recurra.nn import layout
from recurra.nn.layout import Batch
from recurra.nn.recurrent.weights import RecurrentWeights


def runs(x: Tensor) -> bool:
    """Whether cuDNN is what computes with a tensor."""
    return x.is_cuda and bool(torch.backends.cudnn.enabled)


def runs_in_one_call(stack: RecurrentWeights, cell: FusedCell) -> bool:
    """Whether cuDNN knows all that is done in the layers and between them."""
    is_known = not (stack.weight_dropout or stack.residual or stack.checkpoint_every)
    return cell.torch_sequence is not None and is_known and not (stack.dropout and stack.variational)


def run_stack(
    stack: RecurrentWeights, cell: FusedCell, batch: Batch, states: list[Tensor]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run all layers in all directions, dropout between them included.

    Args:
        stack: of which `runs_in_one_call` is true.
        cell: of the stack.
        batch: its input: x (T, B, I), or packed rows (N, I) with `batch_sizes`; no symbols.
        states: of all layers, each (L D, B, H).

    Returns:
        Outputs (T, B, D H) or (N, D H), and the final states of all layers, each (L D, B, H).
    """
    weights = stack._flat_weights
    layout.require_type("input", [batch.x], weights[0], "the weights are")
    return native.sequence(
        cell,
        batch.x,
        batch.batch_sizes,
        weights,
        tuple(states),
        bias=stack.bias,
        bidirectional=stack.bidirectional,
        training=stack.training,
        layers=stack.num_layers,
        dropout=stack.dropout,
    )


def flatten(stack: RecurrentWeights, cell: FusedCell) -> None:
    """Lay the weights of each call behind one another, as cuDNN reads them; nothing where it does not run."""
    weights = stack._flat_weights
    first = weights[0]
    if not first.is_cuda or cell.torch_sequence is None or not torch._use_cudnn_rnn_flatten_weight():
        return
    if not all(_can_move(weight, first) for weight in weights):
        return
    if len({weight.data_ptr() for weight in weights}) < len(weights):  # shared: they cannot lie in two places
        return
    layers = stack.num_layers if runs_in_one_call(stack, cell) else 1
    names = stack._names
    with torch.cuda.device_of(first), torch.no_grad():
        for start in range(0, len(names), layers * stack.num_directions):
            parts = [stack._by_name(part) for part in names[start : start + layers * stack.num_directions]]
            torch._cudnn_rnn_flatten_weight(
                [weight for part in parts for weight in part],
                len(names[0]),
                parts[0][0].shape[1],  # features of the first of these layers
                get_cudnn_mode(stack.mode),
                stack.hidden_size,
                stack.proj_size,
                layers,
                False,  # batch_first
                stack.bidirectional,
            )


def _can_move(weight: Tensor, first: Tensor) -> bool:
    """Whether a weight is the layer's alone (neither pruned nor computed from others) and of a kind cuDNN takes."""
    is_plain = isinstance(weight, nn.Parameter) and weight.dtype is first.dtype and weight.device == first.device
    return is_plain and torch.backends.cudnn.is_acceptable(weight)
