"""Gradients of a recurrent layer, each by the way that can give it: the kernels, or plain torch.

The backward pass of autograd calls `gradients`. Where these are to be differentiated again, they are a function of
autograd of their own, whose backward pass calls `double_gradients`; and from there on all is plain torch, which can be
differentiated as often as one likes.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from recurra.kernels import compiled, recurrence_kernel, reference
from recurra.kernels.autograd_function import Context, Function, is_asked
from recurra.kernels.double_backward import DoubleGradients, Tangents, double_backward
from recurra.kernels.fused_cells import FusedCell
from recurra.kernels.recurrence_call import Gradients, RecurrenceCall, Results
from recurra.kernels.recurrence_kernel import Upstream

Needs = Sequence[bool]  # whether the gradients of x and of each weight are asked for


class RecurrenceContext(Context, Protocol):
    """What a pass leaves for the next one besides tensors."""

    cell: FusedCell
    bias: bool
    directions: int
    bf16: bool
    has: list[bool]  # whether there is a tensor in each place of what is saved
    weight_count: int


def remember(ctx: RecurrenceContext, call: RecurrenceCall, results: Results) -> None:
    """Keep of the forward pass what the backward pass reads."""
    _save(ctx, call, results.y, results.saved)
    ctx.mark_non_differentiable(results.saved, *([] if call.cell.has_memory else [results.cn]))


def remember_backward(
    ctx: RecurrenceContext,
    call: RecurrenceCall,
    y: Tensor,
    saved: Tensor,
    upstream: Upstream,
    of_steps: Tensor | None,
) -> None:
    """Keep of the backward pass what double backward reads; of_steps: gradients of h after each step, where known."""
    _save(ctx, call, y, saved, *upstream, of_steps)


def _save(ctx: RecurrenceContext, call: RecurrenceCall, *others: Tensor | None) -> None:
    tensors = [call.x, call.symbols, call.batch_sizes, call.h0, call.c0, *call.weights, *others]
    ctx.has = [t is not None for t in tensors]
    ctx.save_for_backward(*(t for t in tensors if t is not None))  # torch.compile takes no None
    ctx.cell, ctx.bias, ctx.directions = call.cell, call.bias, call.directions
    ctx.bf16, ctx.weight_count = call.bf16, len(call.weights)
    ctx.set_materialize_grads(False)


def _recall(ctx: RecurrenceContext, others: int) -> tuple[RecurrenceCall, list[Tensor | None]]:
    """What `_save` kept: the call, and so many others."""
    saved = iter(ctx.saved_tensors)
    x, symbols, batch_sizes, h0, c0, *rest = (next(saved) if there else None for there in ctx.has)
    assert x is not None
    assert h0 is not None
    assert c0 is not None
    weights = [weight for weight in rest[:-others] if weight is not None]
    call = RecurrenceCall(ctx.cell, x, symbols, batch_sizes, h0, c0, weights, ctx.bias, ctx.directions, ctx.bf16)
    return call, rest[-others:]


def asked(ctx: RecurrenceContext) -> Needs:
    """What the backward pass under way needs, of a function whose first tensor is x and whose last ones are weights.

    Of weights of which the first is needed, all are taken for needed.
    """
    needs = [is_asked(ctx, 0)]
    needs_first = is_asked(ctx, -ctx.weight_count)
    for place in range(-ctx.weight_count, 0):
        has_gradient = ctx.next_functions[place][0] is not None
        needs.append(has_gradient and (needs_first or is_asked(ctx, place)))
    return needs


class OptionalGradients(NamedTuple):
    """Gradients as autograd takes them, None for what is not asked for."""

    x: Tensor | None
    h0: Tensor | None
    c0: Tensor | None
    weights: Sequence[Tensor | None]


# --- the first time ---------------------------------------------------------------------------------------------------


def gradients(ctx: RecurrenceContext, upstream: Upstream, needs: Needs | None = None) -> OptionalGradients:
    """Gradients of what `remember` kept, from those of y, hn and cn; needs: which of them, None for all there are."""
    call, (y, saved) = _recall(ctx, 2)
    assert y is not None
    assert saved is not None
    y = y.detach()  # what it comes from is differentiated through the call
    if all(grad is None for grad in upstream):
        return OptionalGradients(None, None, None, [None] * len(call.weights))
    batched = compiled.transformed(*(grad for grad in upstream if grad is not None))
    is_served = call.x.dtype is torch.float32 and y.numel() > 0
    if batched or not is_served:
        return _in_plain_torch(call, upstream)
    needs = needs or [t.requires_grad for t in (call.x, *call.weights)]
    if compiled.traced(call.x):
        grads = Gradients(*_traced_backward(call, y, saved, upstream, needs))
    elif torch.is_grad_enabled():
        of_x, of_h0, of_c0, *of_weights = _RecurrenceBackward.apply(
            call, needs, call.x, call.h0, call.c0, y, saved, *upstream, *call.weights
        )
        return OptionalGradients(of_x, of_h0, of_c0, of_weights)
    else:
        grads = recurrence_kernel.backward(call, y, saved, upstream, needs)
    return _as_asked(call, grads, needs)


def _as_asked(call: RecurrenceCall, grads: Gradients, needs: Needs) -> OptionalGradients:
    """None in place of the gradients that are empty."""
    of_weights = [grad if needed else None for grad, needed in zip(grads.weights, needs[1:], strict=True)]
    of_c0 = grads.c0 if call.cell.has_memory else None
    return OptionalGradients(grads.x if needs[0] else None, grads.h0, of_c0, of_weights)


def _traced_backward(
    call: RecurrenceCall, y: Tensor, saved: Tensor, upstream: Upstream, needs: Needs
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    inputs = (call.x, call.symbols, call.batch_sizes, call.h0, call.c0, call.weights)
    settings = (call.cell.name, call.bias, call.directions, call.bf16)
    grads: tuple[Tensor, Tensor, Tensor, list[Tensor]] = torch.ops.recurra.recurrence_backward(
        *inputs, *settings, y, saved, *upstream, needs
    )
    return grads


def _in_plain_torch(call: RecurrenceCall, upstream: Upstream) -> OptionalGradients:
    """The same gradients through the equations in plain torch."""
    again = torch.is_grad_enabled()
    count = len(call.states)
    with torch.enable_grad():
        x, *others = compiled.apart([call.x, *call.states, *call.weights])
        states, weights = tuple(others[:count]), others[count:]
        y, final = reference.sequence(
            call.cell,
            x,
            call.batch_sizes,
            weights,
            states,
            bias=call.bias,
            bidirectional=call.directions == 2,
            symbols=call.symbols,
        )
    used = [(out, grad) for out, grad in zip((y, *final), upstream, strict=False) if grad is not None]
    outputs, grad_outputs = zip(*used, strict=True)
    inputs = [x, *states, *weights]
    leaves = [t for t in inputs if t.requires_grad]
    found = iter(torch.autograd.grad(outputs, leaves, grad_outputs, create_graph=again, allow_unused=True))
    grads = [next(found) if t.requires_grad else None for t in inputs]
    grad_c0 = grads[2] if call.cell.has_memory else None
    return OptionalGradients(grads[0], grads[1], grad_c0, grads[1 + count :])


# --- the second time --------------------------------------------------------------------------------------------------


class OptionalDoubleGradients(NamedTuple):
    """Gradients by the inputs, and by the gradients of y, hn and cn."""

    inputs: OptionalGradients
    upstream: Upstream


def double_gradients(ctx: RecurrenceContext, tangents: Tangents, needs: Needs | None = None) -> OptionalDoubleGradients:
    """Gradients of what `remember_backward` kept, from those of what the backward pass gave; needs: as above."""
    call, (y, saved, *upstream, of_steps) = _recall(ctx, 6)
    assert y is not None
    assert saved is not None
    moving = [t for t in (*tangents[:3], *tangents.weights) if t is not None]
    if not moving:
        return _no_double_gradients(call)
    if torch.is_grad_enabled() or compiled.transformed(*moving):
        return _double_in_plain_torch(call, upstream, tangents)
    needs = needs or [t.requires_grad for t in (call.x, *call.weights)]
    if compiled.traced(call.x):
        grads = _traced_double_backward(call, y, saved, upstream, tangents, needs)
    else:
        if of_steps is None:
            of_steps = recurrence_kernel.state_gradients(call, y, saved, upstream)
        grads = double_backward(call, y, saved, (of_steps, upstream[2]), tangents, needs)
    of_upstream = [None if given is None else grad for given, grad in zip(upstream, grads.results, strict=False)]
    return OptionalDoubleGradients(_as_asked(call, grads.inputs, needs), of_upstream)


def _no_double_gradients(call: RecurrenceCall) -> OptionalDoubleGradients:
    return OptionalDoubleGradients(OptionalGradients(None, None, None, [None] * len(call.weights)), [None] * 3)


def _traced_double_backward(
    call: RecurrenceCall,
    y: Tensor,
    saved: Tensor,
    upstream: Upstream,
    tangents: Tangents,
    needs: Needs,
) -> DoubleGradients:
    inputs = (call.x, call.symbols, call.batch_sizes, call.h0, call.c0, call.weights)
    settings = (call.cell.name, call.bias, call.directions, call.bf16)
    of_y, of_hn, of_cn, *of_inputs = torch.ops.recurra.recurrence_double_backward(
        *inputs, *settings, y, saved, *upstream, *tangents, needs
    )
    return DoubleGradients(Results(of_y, of_hn, of_cn, saved[:0]), Gradients(*of_inputs))


def _double_in_plain_torch(call: RecurrenceCall, upstream: Upstream, tangents: Tangents) -> OptionalDoubleGradients:
    """The same through the equations in plain torch."""
    again, count = torch.is_grad_enabled(), len(call.states)
    with torch.enable_grad():
        inputs = compiled.apart([call.x, *call.states, *call.weights])
        upstream = [None if grad is None else grad.view_as(grad) for grad in upstream]
        c0 = inputs[2] if call.cell.has_memory else call.c0
        once = _in_plain_torch(replace(call, x=inputs[0], h0=inputs[1], c0=c0, weights=inputs[1 + count :]), upstream)
    grads = (once.x, once.h0, once.c0, *once.weights)
    pairs = [
        (grad, tangent)
        for grad, tangent in zip(grads, (*tangents[:3], *tangents.weights), strict=True)
        if grad is not None and tangent is not None and grad.requires_grad
    ]
    if not pairs:  # as of a relu, whose gradients do not depend on its input
        return _no_double_gradients(call)
    sources = [*inputs, *upstream]
    leaves = [t for t in sources if t is not None and t.requires_grad]
    outputs, grad_outputs = zip(*pairs, strict=True)
    found = iter(torch.autograd.grad(outputs, leaves, grad_outputs, create_graph=again, allow_unused=True))
    twice = [next(found) if t is not None and t.requires_grad else None for t in sources]
    of_c0 = twice[2] if call.cell.has_memory else None
    return OptionalDoubleGradients(OptionalGradients(twice[0], twice[1], of_c0, twice[1 + count : -3]), twice[-3:])


class _RecurrenceBackward(Function):
    @staticmethod
    def forward(
        ctx: RecurrenceContext,
        call: RecurrenceCall,
        needs: Needs,
        x: Tensor,
        h0: Tensor,
        c0: Tensor,
        y: Tensor,
        saved: Tensor,
        grad_y: Tensor | None,
        grad_hn: Tensor | None,
        grad_cn: Tensor | None,
        *weights: Tensor,
    ) -> tuple[Tensor | None, ...]:
        call = replace(call, x=x, h0=h0, c0=c0, weights=weights)
        upstream = grad_y, grad_hn, grad_cn
        of_steps = compiled.pooled_empty(y, *y.shape)
        remember_backward(ctx, call, y, saved, upstream, of_steps)
        of_inputs = recurrence_kernel.backward(call, y, saved, upstream, needs, (of_steps, None))
        grads = _as_asked(call, of_inputs, needs)
        return *grads[:3], *grads.weights

    @staticmethod
    def backward(ctx: RecurrenceContext, *tangents: Tensor | None) -> tuple[Tensor | None, ...]:
        of_x, of_h0, of_c0, *of_weights = tangents
        grads = double_gradients(ctx, Tangents(of_x, of_h0, of_c0, of_weights), asked(ctx))
        return None, None, *grads.inputs[:3], None, None, *grads.upstream, *grads.inputs.weights
