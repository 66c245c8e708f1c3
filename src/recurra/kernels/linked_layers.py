"""The layers of a stack side by side on the compiled kernels: each on a thread, some steps behind the one below.

Threads that share a layer meet at every step, which takes as long as a small step itself; threads with a layer each
meet once in some steps (csrc/layers.h).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from recurra.kernels import compiled, recurrence
from recurra.kernels.autograd_function import Context, Function, is_asked
from recurra.kernels.fused_cells import FusedCell
from recurra.kernels.recurrence_call import (
    Gradients,
    OfWeight,
    RecurrenceCall,
    Results,
    empty_gradients,
    empty_results,
)

# Measured with two threads (benchmarks/linked_layers.py).
_MOST_SEQUENCES = 8
_MOST_WEIGHTS = 1 << 16  # recurrent ones of a layer
_WORTH_A_THREAD = 1 << 15  # multiply-adds of a step, as in csrc/passes.h


@dataclass(frozen=True)
class Layers:
    """What does not change from call to call.

    Attributes:
        cell: of all layers.
        bias: whether each has the two biases.
        count: L, of layers.
        bf16: whether what is multiplied is rounded to bfloat16.
    """

    cell: FusedCell
    bias: bool
    count: int
    bf16: bool = False

    def by_layer(self, weights: Sequence[OfWeight]) -> list[Sequence[OfWeight]]:
        """The weights of each layer, or what belongs to each of them."""
        each = len(weights) // self.count
        return [weights[first : first + each] for first in range(0, len(weights), each)]


def gain(layers: Layers, batch: int, inputs: int, hidden: int, output: int) -> bool:
    """Whether threads with a layer each are sooner done than threads that share them.

    Args:
        layers: of one direction.
        batch: sequences B.
        inputs, hidden, output: I of the first layer, H and P.
    """
    recurrent = layers.cell.gates * hidden * output
    if layers.count < 2 or batch > _MOST_SEQUENCES or recurrent > _MOST_WEIGHTS:
        return False
    work = batch * (recurrent + layers.cell.gates * hidden * inputs)
    threads = torch.get_num_threads()
    return threads > 1 and min(threads, work // _WORTH_A_THREAD) <= layers.count


def sequence(
    layers: Layers,
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    weights: Sequence[Tensor],
    states: tuple[Tensor, ...],
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run all layers, of one direction each, over whole sequences; differentiable as often as asked for.

    Args:
        layers: what they are.
        x, symbols, batch_sizes: of the lowest, as of `kernels.sequence`.
        weights: those of each layer, from the lowest.
        states: h, or h and c, each (L, B, ...).

    Returns:
        Outputs of the highest layer, and the final states, each (L, B, ...).
    """
    h0, c0 = states[0], states[1] if layers.cell.has_memory else states[0].new_empty(layers.count, 0)
    y, hn, cn = _LinkedLayers.apply(layers, x, symbols, batch_sizes, h0, c0, *weights)
    return y, (hn, cn) if layers.cell.has_memory else (hn,)


def _call(
    layers: Layers,
    number: int,
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    states: tuple[Tensor, Tensor],
    weights: Sequence[Tensor],
) -> RecurrenceCall:
    """The call of one layer; x, states and weights are its own."""
    symbols = symbols if number == 0 else None
    return RecurrenceCall(
        layers.cell, x, symbols, batch_sizes, *states, weights, layers.bias, 1, layers.bf16
    ).contiguous()


def _by_layer(
    layers: Layers, states: tuple[Tensor, Tensor], weights: Sequence[Tensor]
) -> list[tuple[tuple[Tensor, Tensor], Sequence[Tensor]]]:
    """Of each layer the states, each (1, B, ...), and the weights."""
    h0, c0 = (state.split(1) for state in states)
    return list(zip(zip(h0, c0, strict=True), layers.by_layer(weights), strict=True))


def _forward(
    layers: Layers,
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    states: tuple[Tensor, Tensor],
    weights: Sequence[Tensor],
) -> list[Results]:
    calls: list[RecurrenceCall] = []
    results: list[Results] = []
    for number, of_layer in enumerate(_by_layer(layers, states, weights)):
        call = _call(layers, number, x, symbols, batch_sizes, *of_layer)
        call.check(call.by_direction(call.weights))
        calls.append(call)
        results.append(empty_results(call, save=True))
        x = results[-1].y
    tensors = [t for call, result in zip(calls, results, strict=True) for t in (call.x, call.h0, call.c0, *result)]
    compiled.extension.forward_layers(
        [call.sizes() for call in calls],
        compiled.data_pointers(_by_direction(calls)),
        compiled.data_pointers(tensors),
        torch.get_num_threads(),
        layers.bf16,
    )
    return results


def _by_direction(calls: Sequence[RecurrenceCall]) -> list[Tensor | None]:
    return [weight for call in calls for weight in call.by_direction(call.weights)]


class _LayersContext(Context, Protocol):
    layers: Layers
    has: tuple[bool, bool]  # whether there are symbols, and batch sizes


class _LinkedLayers(Function):
    @staticmethod
    def forward(
        ctx: _LayersContext,
        layers: Layers,
        x: Tensor,
        symbols: Tensor | None,
        batch_sizes: Tensor | None,
        h0: Tensor,
        c0: Tensor,
        *weights: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        results = _forward(layers, x, symbols, batch_sizes, (h0, c0), weights)
        optional = [t for t in (symbols, batch_sizes) if t is not None]
        ctx.has = symbols is not None, batch_sizes is not None
        ctx.layers = layers
        outputs, saved = [result.y for result in results], [result.saved for result in results]
        ctx.save_for_backward(x, *optional, h0, c0, *weights, *outputs, *saved)
        hn, cn = torch.cat([result.hn for result in results]), torch.cat([result.cn for result in results])
        if not layers.cell.has_memory:
            ctx.mark_non_differentiable(cn)
        ctx.set_materialize_grads(False)
        return outputs[-1], hn, cn

    @staticmethod
    def backward(ctx: _LayersContext, *upstream: Tensor | None) -> tuple[Tensor | None, ...]:
        layers = ctx.layers
        x, *rest = ctx.saved_tensors
        symbols = rest.pop(0) if ctx.has[0] else None
        batch_sizes = rest.pop(0) if ctx.has[1] else None
        h0, c0, *rest = rest
        weights, outputs = rest[: -2 * layers.count], rest[-2 * layers.count : -layers.count]
        saved = rest[-layers.count :]
        arriving = [grad for grad in upstream if grad is not None]
        if not arriving:
            return (None,) * (6 + len(weights))
        inputs = (layers, x, symbols, batch_sizes, (h0, c0), weights)
        if torch.is_grad_enabled() or compiled.transformed(*arriving) or compiled.traced(x):
            return _layer_by_layer(*inputs, upstream)
        calls = [
            _call(layers, number, x_of_layer, symbols, batch_sizes, *of_layer)
            for number, (x_of_layer, of_layer) in enumerate(
                zip((x, *outputs[:-1]), _by_layer(layers, (h0, c0), weights), strict=True)
            )
        ]
        return _gradients(layers, calls, outputs, saved, upstream, ctx.needs_input_grad, is_asked(ctx, 0))


def _gradients(
    layers: Layers,
    calls: Sequence[RecurrenceCall],
    outputs: Sequence[Tensor],
    saved: Sequence[Tensor],
    upstream: Sequence[Tensor | None],
    needs: Sequence[bool],
    needs_x: bool,
) -> tuple[Tensor | None, ...]:
    """Gradients by the kernels, from those of y, hn and cn; needs: of all that the function was called with."""
    dy, dhn, dcn = (None if grad is None else compiled.in_memory(grad) for grad in upstream)
    grads: list[Gradients] = []
    tensors: list[list[Tensor | None]] = []
    of_weights: list[Tensor | None] = []
    by_layer = layers.by_layer(needs[6:])
    for number, (call, y, of_steps) in enumerate(zip(calls, outputs, saved, strict=True)):
        needs_input = bool(number) or needs_x
        grad = empty_gradients(call, [needs_input, *by_layer[number]])
        grads.append(grad)
        of_weights += call.by_direction(_as_asked(grad.weights, by_layer[number]))
        of_states = [None if state is None else state[number : number + 1] for state in (dhn, dcn)]
        results = [grad.x if needs_input else None, grad.h0, grad.c0, None, None]
        tensors.append([call.x, call.h0, call.c0, y, of_steps, None, *of_states, *results])
    for of_layer, above in zip(tensors, [*(grad.x for grad in grads[1:]), dy], strict=True):
        of_layer[5] = above  # the gradient of y is that of the next layer's input
    compiled.extension.backward_layers(
        [call.sizes() for call in calls],
        compiled.data_pointers(_by_direction(calls)),
        compiled.data_pointers([t for of_layer in tensors for t in of_layer]),
        compiled.data_pointers(of_weights),
        torch.get_num_threads(),
        layers.bf16,
    )
    asked = [g for grad, needed in zip(grads, by_layer, strict=True) for g in _as_asked(grad.weights, needed)]
    of_c0 = torch.cat([grad.c0 for grad in grads]) if layers.cell.has_memory else None
    return None, grads[0].x if needs_x else None, None, None, torch.cat([grad.h0 for grad in grads]), of_c0, *asked


def _as_asked(grads: Sequence[Tensor], needs: Sequence[bool]) -> list[Tensor | None]:
    return [grad if needed else None for grad, needed in zip(grads, needs, strict=True)]


def _layer_by_layer(
    layers: Layers,
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    states: tuple[Tensor, Tensor],
    weights: Sequence[Tensor],
    upstream: Sequence[Tensor | None],
) -> tuple[Tensor | None, ...]:
    """The same gradients through one layer after the other, which can be differentiated again."""
    with torch.enable_grad():
        x, h0, c0, *weights = compiled.apart([x, *states, *weights])
        y, finals = x, []
        for number, of_layer in enumerate(layers.by_layer(weights)):
            before = (h0[number : number + 1], c0[number : number + 1])
            y, final = recurrence.sequence(
                layers.cell,
                y,
                batch_sizes,
                of_layer,
                before if layers.cell.has_memory else before[:1],
                bias=layers.bias,
                bidirectional=False,
                symbols=symbols if number == 0 else None,
                bf16=layers.bf16,
            )
            finals.append(final)
        results = [y, *(torch.cat(parts) for parts in zip(*finals, strict=True))]
    used = [(result, grad) for result, grad in zip(results, upstream, strict=False) if grad is not None]
    outputs, grad_outputs = zip(*used, strict=True)
    inputs = [x, h0, c0, *weights]
    leaves = [t for t in inputs if t.requires_grad]
    again = torch.is_grad_enabled()
    grads = iter(torch.autograd.grad(outputs, leaves, grad_outputs, create_graph=again, allow_unused=True))
    of_x, of_h0, of_c0, *of_weights = (next(grads) if t.requires_grad else None for t in inputs)
    return None, of_x, None, None, of_h0, of_c0, *of_weights
