"""A stack that runs native, all layers in one call of PyTorch's own function, where little may be asked before it.

A short sequence, or a step over weights that are not packed, takes as long as a page of Python. So these two ask only
whether everything is plainly as it should be. Where it is not they give None, and the longer way takes the call, which
also says what is wrong.
"""

from typing import Any

import torch
from torch import Tensor

from recurra import kernels
from recurra.kernels import FusedCell, compiled, native
from recurra.nn.layout import State
from recurra.nn.recurrent.weights import RecurrentWeights


def try_sequence(stack: RecurrentWeights, cell: FusedCell, x: Any, hx: Any) -> tuple[Tensor, Tensor] | None:
    """Run over a batch of sequences that are short; outputs and final state as of `Recurrent.forward`.

    Args:
        stack: without layer norm, zoneout or a projection.
        cell: of the stack.
        x, hx: as `Recurrent.forward` was given them.
    """
    short = cell.short_sequences
    if short is None or type(x) is not Tensor or x.dim() != 3 or x.is_cuda:
        return None
    steps, batch, features = x.shape
    if stack.batch_first:
        steps, batch = batch, steps
    if steps > short.most_steps or not batch or features != stack.input_size or not _runs_in_one_call(stack):
        return None
    weights = stack._flat_weights
    if x.dtype is not weights[0].dtype or compiled.traced(x):
        return None
    learns = torch.is_grad_enabled() and (x.requires_grad or weights[0].requires_grad)
    if not kernels.is_short(cell, steps, steps * batch, features, stack.hidden_size, learns):
        return None
    shape = len(stack._suffixes), batch, stack.hidden_size  # (L D, B, H)
    if hx is None:
        hx = x.new_zeros(shape)
    elif type(hx) is not Tensor or hx.shape != shape or hx.dtype is not x.dtype:
        return None
    return native.stack(
        cell,
        x,
        hx,
        weights,
        bias=stack.bias,
        layers=stack.num_layers,
        training=stack.training,
        bidirectional=stack.bidirectional,
        batch_first=stack.batch_first,
    )


def _runs_in_one_call(stack: RecurrentWeights) -> bool:
    """Whether nothing is between the layers that PyTorch's function does not know, or draws from other numbers."""
    draws = stack.training and (stack.dropout or stack.weight_dropout)
    return not (draws or stack.residual or stack.checkpoint_every)


def try_step(stack: RecurrentWeights, cell: FusedCell, x: Tensor, state: State | None) -> tuple[Tensor, State] | None:
    """Take a step over the weights as they are; output and state as of `Recurrent.step`.

    Args:
        stack: of one direction, without layer norm, zoneout or a projection.
        cell: of the stack.
        x, state: as `Recurrent.step` was given them.
    """
    *batch, features = x.shape
    if cell.torch_step is None or stack.residual or features != stack.input_size or len(batch) > 1:
        return None
    weights = stack._flat_weights
    shape = len(stack._suffixes), *batch, stack.hidden_size  # (L, B, H) or (L, H)
    if state is None:
        states = (x.new_zeros(shape),) * len(cell.states)
    else:
        states = state if isinstance(state, tuple) else (state,)
    if len(states) != len(cell.states) or x.dtype is not weights[0].dtype:
        return None
    for part in states:
        if type(part) is not Tensor or part.shape != shape or part.dtype is not x.dtype:
            return None
    y, new_states = native.stack_step(cell, x, states, weights, bias=stack.bias)
    return y, new_states if len(new_states) > 1 else new_states[0]
