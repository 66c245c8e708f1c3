"""One recurrent layer over whole sequences on the compiled kernels.

`torch.ops.recurra.recurrence` (recurrence_operator.py) is what torch.compile and torch.export see; eager code calls the
same two functions without the dispatcher, which costs more than a short sequence.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from recurra.kernels import compiled, reference, weight_cache
from recurra.kernels.autograd_function import Context, Function
from recurra.kernels.fused_cells import FusedCell
from recurra.kernels.recurrence_call import Gradients, RecurrenceCall, Results, empty_gradients, empty_results

Upstream = Sequence[Tensor | None]  # gradients of y, hn and cn


def sequence(
    cell: FusedCell,
    x: Tensor,
    batch_sizes: Tensor | None,
    weights: Sequence[Tensor],
    states: tuple[Tensor, ...],
    *,
    bias: bool,
    bidirectional: bool,
    symbols: Tensor | None = None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer over a whole sequence; arguments and results as of `kernels.sequence`.

    Only for tensors that `compiled.serves`. Differentiable as often as asked for: from the second time on through the
    equations in plain torch.
    """
    directions = 2 if bidirectional else 1
    h0 = states[0]
    c0 = states[1] if cell.has_memory else h0.new_empty(0)
    wants_gradients = torch.is_grad_enabled() and any(t.requires_grad for t in (x, *weights, *states))
    if compiled.traced(x):
        save = wants_gradients or torch.jit._trace.is_tracing()  # what is traced in one mode may run in the other
        inputs = (x, symbols, batch_sizes, h0, c0, list(weights), cell.name, bias, directions)
        y, hn, cn, _ = torch.ops.recurra.recurrence(*inputs, save)
    elif wants_gradients:
        y, hn, cn, _ = _Recurrence.apply(cell, x, symbols, batch_sizes, h0, c0, bias, directions, *weights)
    else:
        call = RecurrenceCall(cell, x, symbols, batch_sizes, h0, c0, weights, bias, directions)
        y, hn, cn, _ = forward(call, save=False)
    return y, (hn, cn) if cell.has_memory else (hn,)


# --- the kernels ------------------------------------------------------------------------------------------------------


def forward(call: RecurrenceCall, save: bool) -> Results:
    """Run the kernel over float32 tensors, which are checked here.

    save: whether to fill what `backward` reads.
    """
    call = call.contiguous()
    complete = call.by_direction(call.weights)
    call.check(complete)
    if call.h0.shape[1] == 0:
        raise ValueError(f"expected at least one step, sequence and feature, got h0 {tuple(call.h0.shape)}")
    sizes, threads = call.sizes(), torch.get_num_threads()
    results = empty_results(call, save)
    # training changes the weights before they are used again
    packed = None if save else weight_cache.packed_layer(sizes, call.weights, complete, threads)
    tensors = compiled.data_pointers([call.x, call.h0, call.c0, *results])
    compiled.extension.forward(sizes, compiled.data_pointers(complete), tensors, threads, packed)
    return results


def backward(
    call: RecurrenceCall,
    y: Tensor,
    saved: Tensor,
    upstream: Upstream,
    needs: Sequence[bool],
    of_steps: Sequence[Tensor | None] = (None, None),
) -> Gradients:
    """Run the kernel for the gradients of x, h0, c0 and each weight.

    Args:
        call: what `forward` was called with.
        y, saved: what it gave.
        upstream: the gradients of y, hn and cn.
        needs: whether the gradients of x and of each weight are asked for.
        of_steps: filled with the gradients of h and c after each step, as y and likewise (T, B, D H) or (N, D H), where
            they are asked for; that of c with what c does to h at the same step.
    """
    call = call.contiguous()
    # all held here, as long as the kernel reads them
    y, saved = y.contiguous(), saved.contiguous()
    upstream = [None if grad is None else compiled.in_memory(grad) for grad in upstream]
    grads = empty_gradients(call, needs)
    grad_x = grads.x if needs[0] else None
    of_weights = [grad if needed else None for grad, needed in zip(grads.weights, needs[1:], strict=True)]
    compiled.extension.backward(
        call.sizes(),
        compiled.data_pointers(call.by_direction(call.weights)),
        compiled.data_pointers([call.x, call.h0, call.c0, y, saved, *upstream, grad_x, grads.h0, grads.c0, *of_steps]),
        compiled.data_pointers(call.by_direction(of_weights)),
        torch.get_num_threads(),
    )
    return grads


# --- gradients --------------------------------------------------------------------------------------------------------


class RecurrenceContext(Context, Protocol):
    """What the forward pass leaves for the backward pass besides tensors."""

    cell: FusedCell
    bias: bool
    directions: int
    has_symbols: bool
    has_batch_sizes: bool


def remember(ctx: RecurrenceContext, call: RecurrenceCall, results: Results) -> None:
    """Keep for the backward pass what it reads."""
    # torch.compile takes no None among what is saved
    optional = [t for t in (call.symbols, call.batch_sizes) if t is not None]
    ctx.save_for_backward(call.x, call.h0, call.c0, results.y, results.saved, *optional, *call.weights)
    ctx.has_symbols, ctx.has_batch_sizes = call.symbols is not None, call.batch_sizes is not None
    ctx.cell, ctx.bias, ctx.directions = call.cell, call.bias, call.directions
    ctx.mark_non_differentiable(results.saved, *([] if call.cell.has_memory else [results.cn]))
    ctx.set_materialize_grads(False)


def recall(ctx: RecurrenceContext) -> tuple[RecurrenceCall, Tensor, Tensor]:
    """Give what `remember` kept: the call, y and saved."""
    x, h0, c0, y, saved, *rest = ctx.saved_tensors
    symbols = rest.pop(0) if ctx.has_symbols else None
    batch_sizes = rest.pop(0) if ctx.has_batch_sizes else None
    call = RecurrenceCall(ctx.cell, x, symbols, batch_sizes, h0, c0, rest, ctx.bias, ctx.directions)
    return call, y, saved


class OptionalGradients(NamedTuple):
    """Gradients as autograd takes them, None for what is not asked for."""

    x: Tensor | None
    h0: Tensor | None
    c0: Tensor | None
    weights: list[Tensor | None]


def gradients(ctx: RecurrenceContext, upstream: Upstream) -> OptionalGradients:
    """Gradients by the way that can give them: the kernel, or plain torch where they are to be differentiated again."""
    call, y, saved = recall(ctx)
    if all(grad is None for grad in upstream):
        return OptionalGradients(None, None, None, [None] * len(call.weights))
    batched = compiled.transformed(*(grad for grad in upstream if grad is not None))
    is_served = call.x.dtype is torch.float32 and y.numel() > 0
    if torch.is_grad_enabled() or batched or not is_served:
        return _in_plain_torch(call, upstream)
    needs = [t.requires_grad for t in (call.x, *call.weights)]
    if compiled.traced(call.x):
        grads = Gradients(*_traced_backward(call, y, saved, upstream, needs))
    else:
        grads = backward(call, y, saved, upstream, needs)
    of_weights = [grad if needed else None for grad, needed in zip(grads.weights, needs[1:], strict=True)]
    return OptionalGradients(
        grads.x if needs[0] else None, grads.h0, grads.c0 if call.cell.has_memory else None, of_weights
    )


def _traced_backward(
    call: RecurrenceCall, y: Tensor, saved: Tensor, upstream: Upstream, needs: list[bool]
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    inputs = (call.x, call.symbols, call.batch_sizes, call.h0, call.c0, call.weights)
    settings = (call.cell.name, call.bias, call.directions)
    grads: tuple[Tensor, Tensor, Tensor, list[Tensor]] = torch.ops.recurra.recurrence_backward(
        *inputs, *settings, y, saved, *upstream, needs
    )
    return grads


def _in_plain_torch(call: RecurrenceCall, upstream: Upstream) -> OptionalGradients:
    """The same gradients through the equations in plain torch, which can be differentiated as often as one likes."""
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


class _Recurrence(Function):
    @staticmethod
    def forward(
        ctx: RecurrenceContext,
        cell: FusedCell,
        x: Tensor,
        symbols: Tensor | None,
        batch_sizes: Tensor | None,
        h0: Tensor,
        c0: Tensor,
        bias: bool,
        directions: int,
        *weights: Tensor,
    ) -> Results:
        call = RecurrenceCall(cell, x, symbols, batch_sizes, h0, c0, weights, bias, directions)
        results = forward(call, save=True)
        remember(ctx, call, results)
        return results

    @staticmethod
    def backward(ctx: RecurrenceContext, *upstream: Tensor | None) -> tuple[Tensor | None, ...]:
        grads = gradients(ctx, upstream[:3])
        return None, grads.x, None, None, grads.h0, grads.c0, None, None, *grads.weights
