"""One recurrent layer on the compiled kernels: a call of the forward pass, and one of the backward pass."""

from collections.abc import Sequence

import torch
from torch import Tensor

from recurra.kernels import compiled, weight_cache
from recurra.kernels.recurrence_call import Gradients, RecurrenceCall, Results, empty_gradients, empty_results

Upstream = Sequence[Tensor | None]  # gradients of y, hn and cn


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
    packed = None if save else weight_cache.packed_layer(sizes, call.weights, complete, threads, call.bf16)
    tensors = compiled.data_pointers([call.x, call.h0, call.c0, *results])
    compiled.extension.forward(sizes, compiled.data_pointers(complete), tensors, threads, packed, call.bf16)
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
        call.bf16,
    )
    return grads


def state_gradients(call: RecurrenceCall, y: Tensor, saved: Tensor, upstream: Upstream) -> Tensor:
    """Run the backward pass for nothing but the gradients of h after each step, as y."""
    of_steps = compiled.pooled_empty(y, *y.shape)
    backward(call, y, saved, upstream, [False] * (1 + len(call.weights)), (of_steps, None))
    return of_steps
