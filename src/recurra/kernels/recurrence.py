"""One recurrent layer over whole sequences on the compiled kernels.

`torch.ops.recurra.recurrence` (recurrence_operator.py) is what torch.compile and torch.export see; eager code calls the
same functions without the dispatcher, which costs more than a short sequence.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from recurra.kernels import compiled, recurrence_kernel
from recurra.kernels.autograd_function import Function
from recurra.kernels.fused_cells import FusedCell
from recurra.kernels.recurrence_call import RecurrenceCall, Results
from recurra.kernels.recurrence_gradients import RecurrenceContext, asked, gradients, remember


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
    bf16: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer over a whole sequence; arguments and results as of `kernels.sequence`.

    Only for tensors that `compiled.serves`. With `bf16` all that is multiplied, forward and backward, is rounded to
    bfloat16 before; sums, states, gates and results stay float32. Differentiable as often as asked for: twice by the
    kernels, from the third time on through the equations in plain torch.
    """
    directions = 2 if bidirectional else 1
    h0 = states[0]
    c0 = states[1] if cell.has_memory else h0.new_empty(0)
    wants_gradients = torch.is_grad_enabled() and any(t.requires_grad for t in (x, *weights, *states))
    if compiled.traced(x):
        save = wants_gradients or torch.jit._trace.is_tracing()  # what is traced in one mode may run in the other
        inputs = (x, symbols, batch_sizes, h0, c0, list(weights), cell.name, bias, directions, bf16)
        y, hn, cn, _ = torch.ops.recurra.recurrence(*inputs, save)
    elif wants_gradients:
        y, hn, cn, _ = _Recurrence.apply(cell, x, symbols, batch_sizes, h0, c0, bias, directions, bf16, *weights)
    else:
        call = RecurrenceCall(cell, x, symbols, batch_sizes, h0, c0, weights, bias, directions, bf16)
        y, hn, cn, _ = recurrence_kernel.forward(call, save=False)
    return y, (hn, cn) if cell.has_memory else (hn,)


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
        bf16: bool,
        *weights: Tensor,
    ) -> Results:
        call = RecurrenceCall(cell, x, symbols, batch_sizes, h0, c0, weights, bias, directions, bf16)
        results = recurrence_kernel.forward(call, save=True)
        remember(ctx, call, results)
        return results

    @staticmethod
    def backward(ctx: RecurrenceContext, *upstream: Tensor | None) -> tuple[Tensor | None, ...]:
        grads = gradients(ctx, upstream[:3], asked(ctx))
        return None, grads.x, None, None, grads.h0, grads.c0, None, None, None, *grads.weights
