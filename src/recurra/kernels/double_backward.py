"""Double backward of one recurrent layer on the compiled kernels: the gradients of its gradients.

The first backward pass turns the gradients of the results into gradients g of input, states and weights. Given v, the
gradients of a loss by g, double backward gives the gradients of <v, g> by all that g came from. By the gradients of the
results they are the derivative of the forward pass along v; by everything else the derivative of the backward pass
along v, while the gradients of the results stay (Pearlmutter, 1994: forward over reverse). So v is the direction in
which input, states and weights move, and two passes of tangents suffice: forward in time, then backward.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import compiled
from recurra.kernels.recurrence_call import Gradients, RecurrenceCall, Results, empty_gradients, empty_results


class Tangents(NamedTuple):
    """How input, states and weights move; None for what stays."""

    x: Tensor | None
    h0: Tensor | None
    c0: Tensor | None
    weights: Sequence[Tensor | None]


class DoubleGradients(NamedTuple):
    """What double backward gives.

    Attributes:
        results: gradients by the gradients of y, hn and cn; its `saved` is empty.
        inputs: gradients by x, h0, c0 and each weight; empty where one is not asked for.
    """

    results: Results
    inputs: Gradients


def double_backward(
    call: RecurrenceCall,
    y: Tensor,
    saved: Tensor,
    of_states: tuple[Tensor, Tensor | None],
    tangents: Tangents,
    needs: Sequence[bool],
) -> DoubleGradients:
    """Run the kernel over float32 tensors.

    Args:
        call: what the forward pass was called with.
        y, saved: what it gave.
        of_states: the gradients of h after each step, which the backward pass has found, and of cn, which it was given.
        tangents: the gradients of what the backward pass gave.
        needs: whether the gradients of x and of each weight are asked for.
    """
    if call.symbols is not None:
        return _with_symbols(call, call.symbols, y, saved, of_states, tangents, needs)
    call = call.contiguous()
    # all held here, as long as the kernel reads them
    y, saved = y.contiguous(), saved.contiguous()
    states = [_in_memory(grad) for grad in of_states]
    x_tangent, h0_tangent, c0_tangent = (_in_memory(tangent) for tangent in tangents[:3])
    weight_tangents = [_in_memory(tangent) for tangent in tangents.weights]
    of_results, grads = empty_results(call, save=False), empty_gradients(call, needs)
    of_weights = [grad if needed else None for grad, needed in zip(grads.weights, needs[1:], strict=True)]
    tensors = [call.x, call.h0, call.c0, y, saved, *states, x_tangent, h0_tangent, c0_tangent]
    tensors += [*of_results[:3], grads.x if needs[0] else None, grads.h0, grads.c0]
    compiled.extension.double_backward(
        call.sizes(),
        compiled.data_pointers(call.by_direction(call.weights)),
        compiled.data_pointers(tensors),
        compiled.data_pointers(call.by_direction(weight_tangents)),
        compiled.data_pointers(call.by_direction(of_weights)),
        torch.get_num_threads(),
    )
    return DoubleGradients(of_results, grads)


def _with_symbols(
    call: RecurrenceCall,
    symbols: Tensor,
    y: Tensor,
    saved: Tensor,
    of_states: tuple[Tensor, Tensor | None],
    tangents: Tangents,
    needs: Sequence[bool],
) -> DoubleGradients:
    """The same where steps read the vectors of symbols: for each its own copy of them."""
    x_tangent = None if tangents.x is None else F.embedding(symbols, tangents.x)
    read = replace(call, x=F.embedding(symbols, call.x), symbols=None)
    results, grads = double_backward(read, y, saved, of_states, tangents._replace(x=x_tangent), needs)
    if needs[0]:
        of_rows = grads.x.flatten(0, -2)  # (N, I)
        vectors = torch.zeros_like(call.x).index_add_(0, symbols.flatten(), of_rows)
        grads = grads._replace(x=vectors)
    return DoubleGradients(results, grads)


def _in_memory(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else compiled.in_memory(tensor)
