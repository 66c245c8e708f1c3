"""One recurrent layer over whole sequences on the compiled kernels.

`torch.ops.recurra.recurrence` (recurrence_operator.py) is what torch.compile and torch.export see; eager code calls the
same two functions without the dispatcher, which costs more than a short sequence.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from recurra.kernels import compiled, reference, weight_cache
from recurra.kernels.equations import GATES

_KEPT = {"rnn_tanh": 0, "rnn_relu": 0, "lstm": 5, "gru": 4}  # of each unit at each step, for the backward pass
KINDS = {"rnn_tanh": 0, "rnn_relu": 1, "lstm": 2, "gru": 3}


def sequence(
    mode: str,
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
    c0 = states[1] if mode == "lstm" else states[0].new_empty(0)
    given = (x, symbols, batch_sizes, states[0], c0, list(weights), mode, bias, directions)
    wants_gradients = torch.is_grad_enabled() and any(t.requires_grad for t in (x, *weights, *states))
    if compiled.traced(x):
        keep = wants_gradients or torch.jit._trace.is_tracing()  # what is traced in one mode may run in the other
        y, hn, cn, _ = torch.ops.recurra.recurrence(*given, keep)
    elif wants_gradients:
        y, hn, cn, _ = _Recurrence.apply(x, symbols, batch_sizes, states[0], c0, mode, bias, directions, *weights)
    else:
        y, hn, cn, _ = forward(*given, False)
    return y, (hn, cn) if mode == "lstm" else (hn,)


# --- what the kernels are called with ---------------------------------------------------------------------------------


def rows_of(x: Tensor, symbols: Tensor | None) -> torch.Size:
    """Give (T, B), or (N,) of packed rows."""
    return x.shape[:-1] if symbols is None else symbols.shape


def _sizes(
    mode: str, x: Tensor, symbols: Tensor | None, batch_sizes: Tensor | None, h0: Tensor, weights: Sequence[Tensor]
) -> list[int]:
    """Cell, I, H, P, T, B, N, D, where `alive` lies, V, and where the symbols lie."""
    rows = rows_of(x, symbols)
    steps, alive = (rows[0], 0) if batch_sizes is None else (len(batch_sizes), batch_sizes.data_ptr())
    directions, batch, output = h0.shape
    inputs, hidden = x.shape[-1], weights[0].shape[0] // GATES[mode]
    read = [x.numel() // inputs, 0 if symbols is None else symbols.data_ptr()]
    return [KINDS[mode], inputs, hidden, output, steps, batch, math.prod(rows), directions, alive, *read]


def by_direction(weights: Sequence[Tensor | None], bias: bool, directions: int) -> list[Tensor | None]:
    """w_ih, w_hh, b_ih, b_hh, w_hr of each direction, None for what a layer does not have."""
    count = len(weights) // directions
    complete: list[Tensor | None] = []
    for d in range(directions):
        own = list(weights[d * count : (d + 1) * count])
        biases = own[2:4] if bias else [None, None]
        projection = own[4 if bias else 2 :] or [None]
        complete += [*own[:2], *biases, *projection]
    return complete


def check(
    mode: str,
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    h0: Tensor,
    c0: Tensor,
    complete: list[Any],
) -> None:
    """Refuse shapes that do not fit together, which would make a kernel read beyond a tensor."""
    hidden, inputs, (directions, batch, output) = complete[0].shape[0] // GATES[mode], x.shape[-1], h0.shape
    rows = GATES[mode] * hidden
    read = (*rows_of(x, symbols), inputs)
    if 0 in (read[0], inputs, hidden, output):
        raise ValueError(f"expected at least one step and feature, got input {read} of {hidden} units")
    if symbols is not None and (x.dim() != 2 or symbols.dtype is not torch.int64 or symbols.device.type != "cpu"):
        raise ValueError(f"expected vectors (V, I) and symbols in int64, got {tuple(x.shape)} and {symbols.dtype}")
    shapes = [(rows, inputs), (rows, output), (rows,), (rows,), (output, hidden)] * directions
    for weight, shape in zip(complete, shapes, strict=True):
        if weight is not None and tuple(weight.shape) != shape:
            raise ValueError(f"weights: expected shape {shape}, got {tuple(weight.shape)}")
    if complete[4] is None and output != hidden:
        raise ValueError(f"h0: expected {hidden} units, got {output}")
    if mode == "lstm" and tuple(c0.shape) != (directions, batch, hidden):
        raise ValueError(f"c0: expected shape {(directions, batch, hidden)}, got {tuple(c0.shape)}")
    if (batch_sizes is None and len(read) != 3) or (batch_sizes is not None and len(read) != 2):
        raise ValueError(f"input: expected (T, B, I), or packed rows with batch_sizes, got {read}")
    if batch_sizes is None and read[1] != batch:
        raise ValueError(f"h0: expected {read[1]} sequences, got {batch}")


def whole_batch_sizes(batch_sizes: Tensor | None) -> Tensor | None:
    """The same as the kernels read them: int64, side by side."""
    if batch_sizes is None or (batch_sizes.dtype is torch.int64 and batch_sizes.is_contiguous()):
        return batch_sizes
    if batch_sizes.is_floating_point() or batch_sizes.dim() != 1:
        raise ValueError(
            f"batch_sizes: expected whole numbers (T,), got {batch_sizes.dtype} of {tuple(batch_sizes.shape)}"
        )
    return batch_sizes.long().contiguous()


def room_of(
    x: Tensor,
    symbols: Tensor | None,
    h0: Tensor,
    c0: Tensor,
    hidden: int,
    mode: str,
    keep: bool,
    empty: Callable[..., Tensor] = compiled.pooled_empty,
) -> tuple[Tensor, ...]:
    """Room for y, hn, cn, and for what training keeps: each step's gates and memory, in whole panels of units."""
    directions, _, output = h0.shape
    rows = rows_of(x, symbols)
    y = empty(x, *rows, directions * output)
    panel = 2 * compiled.vector_floats()
    panels = directions * math.prod(rows) * ((hidden + panel - 1) // panel)
    keep = keep and x.dtype is torch.float32  # other types go through the equations, which keep nothing here
    kept = empty(x, panels * panel * _KEPT[mode] if keep else 0)
    return y, h0.new_empty(h0.shape), c0.new_empty(c0.shape), kept


def forward(
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    h0: Tensor,
    c0: Tensor,
    weights: Sequence[Tensor],
    mode: str,
    bias: bool,
    directions: int,
    keep: bool,
) -> tuple[Tensor, ...]:
    """Give y, hn, cn, and what `backward` needs; for float32 tensors that are checked here."""
    x, h0, c0 = x.contiguous(), h0.contiguous(), c0.contiguous()
    symbols = None if symbols is None else symbols.contiguous()
    batch_sizes = whole_batch_sizes(batch_sizes)
    weights = [weight.contiguous() for weight in weights]
    complete = by_direction(weights, bias, directions)
    check(mode, x, symbols, batch_sizes, h0, c0, complete)
    if h0.shape[1] == 0:
        raise ValueError(f"expected at least one step, sequence and feature, got h0 {tuple(h0.shape)}")
    sizes = _sizes(mode, x, symbols, batch_sizes, h0, weights)
    room = room_of(x, symbols, h0, c0, sizes[2], mode, keep)
    threads = torch.get_num_threads()
    ready = None if keep else weight_cache.packed_layer(sizes, weights, complete, threads)
    compiled.extension().forward(
        sizes, compiled.data_pointers(complete), compiled.data_pointers([x, h0, c0, *room]), threads, ready
    )
    return room


def gradient_room(
    x: Tensor,
    h0: Tensor,
    c0: Tensor,
    weights: Sequence[Tensor],
    needs: Sequence[bool],
    empty: Callable[..., Tensor] = compiled.pooled_empty,
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """Room for the gradients of x, h0, c0 and each weight; nothing where `needs` says that one is not wanted."""
    of_x = empty(x, *x.shape) if needs[0] else x.new_empty(0)
    of_weights = [t.new_empty(t.shape if needed else 0) for t, needed in zip(weights, needs[1:], strict=True)]
    return of_x, h0.new_empty(h0.shape), c0.new_empty(c0.shape), of_weights


def backward(
    grad_y: Tensor | None,
    grad_hn: Tensor | None,
    grad_cn: Tensor | None,
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    h0: Tensor,
    c0: Tensor,
    y: Tensor,
    kept: Tensor,
    weights: Sequence[Tensor],
    mode: str,
    bias: bool,
    directions: int,
    needs: list[bool],
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """Gradients of x, h0, c0 and each weight."""
    x, h0, c0 = x.contiguous(), h0.contiguous(), c0.contiguous()
    symbols = None if symbols is None else symbols.contiguous()
    batch_sizes = whole_batch_sizes(batch_sizes)
    weights = [weight.contiguous() for weight in weights]
    y, kept = y.contiguous(), kept.contiguous()
    upstream = [None if g is None else compiled.in_memory(g) for g in (grad_y, grad_hn, grad_cn)]
    grad_x, grad_h0, grad_c0, grads = gradient_room(x, h0, c0, weights, needs)
    wanted = [g if needed else None for g, needed in zip(grads, needs[1:], strict=True)]
    compiled.extension().backward(
        _sizes(mode, x, symbols, batch_sizes, h0, weights),
        compiled.data_pointers(by_direction(weights, bias, directions)),
        compiled.data_pointers([x, h0, c0, y, kept, *upstream, grad_x if needs[0] else None, grad_h0, grad_c0]),
        compiled.data_pointers(by_direction(wanted, bias, directions)),
        torch.get_num_threads(),
    )
    return grad_x, grad_h0, grad_c0, grads


# --- gradients --------------------------------------------------------------------------------------------------------


def remember(ctx: Any, given: tuple[Any, ...], weights: Sequence[Tensor], room: tuple[Tensor, ...]) -> None:
    """Keep for the backward pass what it reads."""
    x, *optional, h0, c0 = given[:5]
    present = [t for t in optional if t is not None]  # torch.compile takes no None among what is saved
    ctx.save_for_backward(x, h0, c0, room[0], room[3], *present, *weights)
    ctx.optional = [t is not None for t in optional]
    ctx.mode, ctx.bias, ctx.directions = given[5:8]
    ctx.mark_non_differentiable(room[3], *(room[2:3] if ctx.mode != "lstm" else ()))
    ctx.set_materialize_grads(False)


def gradients(ctx: Any, upstream: Sequence[Tensor | None]) -> tuple[list[Tensor | None], list[Tensor | None]]:
    """Gradients of x, symbols, batch_sizes, h0 and c0, and of the weights."""
    x, h0, c0, y, kept, *rest = ctx.saved_tensors
    symbols, batch_sizes = (rest.pop(0) if present else None for present in ctx.optional)
    if all(g is None for g in upstream):
        return [None] * 5, [None] * len(rest)
    batched = compiled.transformed(*(g for g in upstream if g is not None))
    served = x.dtype is torch.float32 and y.numel() > 0
    if (
        torch.is_grad_enabled() or batched or not served
    ):  # to be differentiated again, taken for a batch, or not a kernel's
        return _in_plain_torch(ctx, upstream, x, symbols, batch_sizes, h0, c0, rest)
    given = (*upstream, x, symbols, batch_sizes, h0, c0, y, kept, rest, ctx.mode, ctx.bias, ctx.directions)
    needs = [t.requires_grad for t in (x, *rest)]
    run: Any = torch.ops.recurra.recurrence_backward if compiled.traced(x) else backward
    grad_x, grad_h0, grad_c0, grads = run(*given, needs)
    kept_grads = [g if needed else None for g, needed in zip([grad_x, *grads], needs, strict=True)]
    return [kept_grads[0], None, None, grad_h0, grad_c0 if ctx.mode == "lstm" else None], kept_grads[1:]


def _in_plain_torch(
    ctx: Any,
    upstream: Sequence[Tensor | None],
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    h0: Tensor,
    c0: Tensor,
    weights: list[Tensor],
) -> tuple[list[Tensor | None], list[Tensor | None]]:
    """The same gradients through the equations in plain torch, which can be differentiated as often as one likes."""
    states: tuple[Tensor, ...] = (h0, c0) if ctx.mode == "lstm" else (h0,)
    settings: dict[str, Any] = {"bias": ctx.bias, "bidirectional": ctx.directions == 2, "symbols": symbols}
    again = torch.is_grad_enabled()
    with torch.enable_grad():
        x, *rest = compiled.apart([x, *states, *weights])
        states, weights = tuple(rest[: len(states)]), rest[len(states) :]
        y, final = reference.sequence(ctx.mode, x, batch_sizes, weights, states, **settings)
    used = [(out, g) for out, g in zip((y, *final), upstream, strict=False) if g is not None]
    inputs = [x, *states, *weights]
    wanted = [t for t in inputs if t.requires_grad]
    outs, given = zip(*used, strict=True)
    found = iter(torch.autograd.grad(outs, wanted, given, create_graph=again, allow_unused=True))
    grads = [next(found) if t.requires_grad else None for t in inputs]
    grad_states = [*grads[1 : 1 + len(states)], None][:2]
    return [grads[0], None, None, *grad_states], grads[1 + len(states) :]


class _Recurrence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[Tensor, ...]:
        x, symbols, batch_sizes, h0, c0, mode, bias, directions, *weights = given
        room = forward(x, symbols, batch_sizes, h0, c0, weights, mode, bias, directions, True)
        remember(ctx, given, weights, room)
        return room

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor | None) -> tuple[Tensor | None, ...]:
        grads, weight_grads = gradients(ctx, upstream[:3])
        return *grads, None, None, None, *weight_grads
