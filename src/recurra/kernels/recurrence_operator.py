"""The recurrence as PyTorch sees it: the operations `torch.ops.recurra.recurrence` and `recurrence_backward`.

They check all that they are given. Numbers of another type than float32, as those of an exported program that was put
in half precision, go through the equations in plain torch.
"""

import itertools
import math

import torch
from torch import Tensor

from recurra.kernels import arguments, recurrence, reference
from recurra.kernels.fused_cells import FUSED_CELLS
from recurra.kernels.recurrence_call import (
    Gradients,
    RecurrenceCall,
    Results,
    contiguous_batch_sizes,
    empty_gradients,
    empty_results,
)

_CALL = (
    "Tensor x, Tensor? symbols, Tensor? batch_sizes, Tensor h0, Tensor c0, Tensor[] weights, str cell, bool bias, "
    "int directions"
)
_library = torch.library.Library("recurra", "FRAGMENT")
_library.define(f"recurrence({_CALL}, bool save) -> (Tensor, Tensor, Tensor, Tensor)")
_library.define(
    f"recurrence_backward({_CALL}, Tensor y, Tensor saved, Tensor? grad_y, Tensor? grad_hn, Tensor? grad_cn, "
    "bool[] needs) -> (Tensor, Tensor, Tensor, Tensor[])"
)

# `_CALL`, and what the two operations take besides, as PyTorch hands them over
Call = tuple[Tensor, Tensor | None, Tensor | None, Tensor, Tensor, list[Tensor], str, bool, int]
Backward = tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None, list[bool]]


def _call(operation: str, inputs: Call) -> RecurrenceCall:
    x, symbols, batch_sizes, h0, c0, weights, name, bias, directions = inputs
    if name not in FUSED_CELLS or directions not in (1, 2):
        expected = ", ".join(FUSED_CELLS)
        raise ValueError(f"{operation}: expected {expected} in 1 or 2 directions, got {name} in {directions}")
    return RecurrenceCall(FUSED_CELLS[name], x, symbols, batch_sizes, h0, c0, weights, bias, directions)


# --- forward ----------------------------------------------------------------------------------------------------------


def _forward(*inputs: *tuple[*Call, bool]) -> Results:
    call, save = _call("recurrence", inputs[:9]), inputs[9]
    call.batch_sizes = contiguous_batch_sizes(call.batch_sizes)
    is_served = _check("recurrence", call)
    if is_served and call.h0.shape[1] > 0:
        return recurrence.forward(call, save)
    y, final = reference.sequence(
        call.cell,
        call.x,
        call.batch_sizes,
        call.weights,
        call.states,
        bias=call.bias,
        bidirectional=call.directions == 2,
        symbols=call.symbols,
    )
    cn = final[1] if call.cell.has_memory else call.c0.clone()
    return Results(y.contiguous(), final[0], cn, call.x.new_empty(0))


def _check(operation: str, call: RecurrenceCall) -> bool:
    """Refuse what does not fit together; tell whether the kernels can read the numbers."""
    x, h0, weights, directions = call.x, call.h0, call.weights, call.directions
    biases = 2 if call.bias else 0
    is_projected = call.cell.is_projectable and len(weights) == (3 + biases) * directions
    arguments.require_count(operation, "weights", weights, (2 + biases + is_projected) * directions)
    numbers = {"x": x} | {f"weights[{i}]": weight for i, weight in enumerate(weights)}
    numbers |= dict(zip(("h0", "c0"), call.states, strict=False))
    is_served = arguments.is_served(operation, numbers)
    arguments.require_whole(operation, "symbols", call.symbols)
    arguments.require_whole(operation, "batch_sizes", call.batch_sizes)
    if x.dim() < 2 or h0.dim() != 3 or len(h0) != directions or weights[0].dim() != 2:
        shapes = [tuple(t.shape) for t in (x, h0, weights[0])]
        raise ValueError(f"{operation}: expected x (T, B, I) or (N, I), h0 (D, B, H) and weights (G, I), got {shapes}")
    call.check(call.by_direction(weights))
    _check_batch_sizes(operation, call)
    _check_symbols(operation, call)
    return is_served


def _check_batch_sizes(operation: str, call: RecurrenceCall) -> None:
    """Refuse counts that rise, or that are not of these rows."""
    if call.batch_sizes is None:
        return
    sizes, batch, rows = call.batch_sizes.tolist(), call.h0.shape[1], math.prod(call.rows)
    is_falling = all(0 < later <= earlier for earlier, later in itertools.pairwise(sizes))
    if not sizes or sizes[0] != batch or not is_falling or sum(sizes) != rows:
        raise ValueError(f"{operation}: batch_sizes: expected counts from {batch} that never rise, {rows} in all")


def _check_symbols(operation: str, call: RecurrenceCall) -> None:
    """Refuse symbols that stand for none of the vectors."""
    if call.symbols is None or not call.symbols.numel():
        return
    if not 0 <= int(call.symbols.min()) <= int(call.symbols.max()) < len(call.x):
        raise IndexError(f"{operation}: symbols: expected 0 to {len(call.x) - 1}")


# --- backward ---------------------------------------------------------------------------------------------------------


def _backward(*inputs: *tuple[*Call, *Backward]) -> Gradients:
    operation = "recurrence_backward"
    call = _call(operation, inputs[:9])
    y, saved, grad_y, grad_hn, grad_cn, needs = inputs[9:]
    call.batch_sizes = contiguous_batch_sizes(call.batch_sizes)
    is_served = _check(operation, call)
    grad_cn = grad_cn if call.cell.has_memory else None
    numbers = {"x": call.x, "y": y, "saved": saved, "grad_y": grad_y, "grad_hn": grad_hn, "grad_cn": grad_cn}
    arguments.is_served(operation, numbers)
    if not is_served:
        raise ValueError(
            f"{operation}: expected torch.float32, got {call.x.dtype}, of which autograd takes gradients itself"
        )
    expected = empty_results(call, True, _empty_on_meta)
    arguments.require_shape(operation, "y", y, expected.y.shape)
    arguments.require_shape(operation, "saved", saved, expected.saved.shape)
    arguments.require_shape(operation, "grad_y", grad_y, expected.y.shape)
    arguments.require_shape(operation, "grad_hn", grad_hn, call.h0.shape)
    arguments.require_shape(operation, "grad_cn", grad_cn, call.c0.shape)
    arguments.require_count(operation, "needs", needs, 1 + len(call.weights))
    return recurrence.backward(call, y, saved, (grad_y, grad_hn, grad_cn), needs)


def _empty_on_meta(like: Tensor, *shape: int) -> Tensor:
    return like.new_empty(shape, device="meta")


# --- as PyTorch sees it -----------------------------------------------------------------------------------------------


def _fake_forward(*inputs: *tuple[*Call, bool]) -> Results:
    call, save = _call("recurrence", inputs[:9]), inputs[9]
    arguments.require_one_device("recurrence", call.x, call.symbols, call.batch_sizes, call.h0, call.c0, *call.weights)
    return empty_results(call, save, Tensor.new_empty)


def _fake_backward(*inputs: *tuple[*Call, *Backward]) -> Gradients:
    operation = "recurrence_backward"
    call = _call(operation, inputs[:9])
    y, saved, grad_y, grad_hn, grad_cn, needs = inputs[9:]
    read = (y, saved, grad_y, grad_hn, grad_cn)
    arguments.require_one_device(
        operation, *read, call.x, call.symbols, call.batch_sizes, call.h0, call.c0, *call.weights
    )
    return empty_gradients(call, needs, Tensor.new_empty)


def _setup(
    ctx: recurrence.RecurrenceContext, inputs: tuple[*Call, bool], output: tuple[Tensor, Tensor, Tensor, Tensor]
) -> None:
    recurrence.remember(ctx, _call("recurrence", inputs[:9]), Results(*output))


def _differentiate(
    ctx: recurrence.RecurrenceContext, *upstream: Tensor | None
) -> tuple[Tensor | list[Tensor | None] | None, ...]:
    grads = recurrence.gradients(ctx, upstream[:3])
    # of x, symbols, batch_sizes, h0, c0, weights, cell, bias, directions and save
    return grads.x, None, None, grads.h0, grads.c0, grads.weights, None, None, None, None


_library.impl("recurrence", _forward, "CPU")
_library.impl("recurrence_backward", _backward, "CPU")
torch.library.register_fake("recurra::recurrence", _fake_forward, lib=_library)
torch.library.register_fake("recurra::recurrence_backward", _fake_backward, lib=_library)
torch.library.register_autograd("recurra::recurrence", _differentiate, setup_context=_setup, lib=_library)
