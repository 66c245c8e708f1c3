"""The recurrence as PyTorch sees it: the operations `torch.ops.recurra.recurrence`, `recurrence_backward` and
`recurrence_double_backward`.

They check all that they are given. Numbers of another type than float32, as those of an exported program that was put
in half precision, go through the equations in plain torch.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from recurra.kernels import arguments, recurrence_gradients, recurrence_kernel, reference
from recurra.kernels.double_backward import Tangents, double_backward
from recurra.kernels.fused_cells import FUSED_CELLS
from recurra.kernels.recurrence_call import (
    Gradients,
    RecurrenceCall,
    Results,
    contiguous_batch_sizes,
    empty_gradients,
    empty_results,
)
from recurra.kernels.recurrence_gradients import RecurrenceContext
from recurra.kernels.recurrence_kernel import Upstream

_CALL = (
    "Tensor x, Tensor? symbols, Tensor? batch_sizes, Tensor h0, Tensor c0, Tensor[] weights, str cell, bool bias, "
    "int directions, bool bf16"
)
_library = torch.library.Library("recurra", "FRAGMENT")
_library.define(f"recurrence({_CALL}, bool save) -> (Tensor, Tensor, Tensor, Tensor)")
_library.define(
    f"recurrence_backward({_CALL}, Tensor y, Tensor saved, Tensor? grad_y, Tensor? grad_hn, Tensor? grad_cn, "
    "bool[] needs) -> (Tensor, Tensor, Tensor, Tensor[])"
)
_library.define(
    f"recurrence_double_backward({_CALL}, Tensor y, Tensor saved, Tensor? grad_y, Tensor? grad_hn, Tensor? grad_cn, "
    "Tensor? x_tangent, Tensor? h0_tangent, Tensor? c0_tangent, Tensor?[] weight_tangents, bool[] needs) "
    "-> (Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor[])"
)

# `_CALL`, and what the other operations take besides, as PyTorch hands them over
Call = tuple[Tensor, Tensor | None, Tensor | None, Tensor, Tensor, list[Tensor], str, bool, int, bool]
Passes = tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None]
TangentArguments = tuple[Tensor | None, Tensor | None, Tensor | None, list[Tensor | None]]
Backward = tuple[*Passes, list[bool]]
DoubleBackward = tuple[*Passes, *TangentArguments, list[bool]]


def _call(operation: str, inputs: Call) -> RecurrenceCall:
    x, symbols, batch_sizes, h0, c0, weights, name, bias, directions, bf16 = inputs
    if name not in FUSED_CELLS or directions not in (1, 2):
        expected = ", ".join(FUSED_CELLS)
        raise ValueError(f"{operation}: expected {expected} in 1 or 2 directions, got {name} in {directions}")
    return RecurrenceCall(FUSED_CELLS[name], x, symbols, batch_sizes, h0, c0, weights, bias, directions, bf16)


# --- forward ----------------------------------------------------------------------------------------------------------


def _forward(*inputs: *tuple[*Call, bool]) -> Results:
    call, save = _call("recurrence", inputs[:10]), inputs[10]
    call.batch_sizes = contiguous_batch_sizes(call.batch_sizes)
    is_served = _check("recurrence", call)
    if is_served and call.h0.shape[1] > 0:
        return recurrence_kernel.forward(call, save)
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
    call = _call(operation, inputs[:10])
    y, saved, grad_y, grad_hn, grad_cn, needs = inputs[10:]
    upstream = _check_backward(operation, call, y, saved, (grad_y, grad_hn, grad_cn), needs)
    return recurrence_kernel.backward(call, y, saved, upstream, needs)


def _check_backward(
    operation: str, call: RecurrenceCall, y: Tensor, saved: Tensor, upstream: Upstream, needs: Sequence[bool]
) -> Upstream:
    """Refuse what does not fit to what a forward pass gave; return the gradients that are read."""
    call.batch_sizes = contiguous_batch_sizes(call.batch_sizes)
    is_served = _check(operation, call)
    grad_y, grad_hn, grad_cn = upstream
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
    return grad_y, grad_hn, grad_cn


def _empty_on_meta(like: Tensor, *shape: int) -> Tensor:
    return like.new_empty(shape, device="meta")


# --- double backward --------------------------------------------------------------------------------------------------


def _double_backward(*inputs: *tuple[*Call, *DoubleBackward]) -> tuple[*tuple[Tensor, ...], list[Tensor]]:
    operation = "recurrence_double_backward"
    call = _call(operation, inputs[:10])
    y, saved, grad_y, grad_hn, grad_cn, x_tangent, h0_tangent, c0_tangent, weight_tangents, needs = inputs[10:]
    upstream = _check_backward(operation, call, y, saved, (grad_y, grad_hn, grad_cn), needs)
    tangents = Tangents(x_tangent, h0_tangent, c0_tangent if call.cell.has_memory else None, weight_tangents)
    _check_tangents(operation, call, tangents)
    of_steps = recurrence_kernel.state_gradients(call, y, saved, upstream)
    results, grads = double_backward(call, y, saved, (of_steps, upstream[2]), tangents, needs)
    return *results[:3], *grads


def _check_tangents(operation: str, call: RecurrenceCall, tangents: Tangents) -> None:
    """Refuse tangents that are not of their tensors."""
    arguments.require_count(operation, "weight_tangents", tangents.weights, len(call.weights))
    tensors = {"x": call.x, "h0": call.h0, "c0": call.c0}
    of_tensors = {"x": tangents.x, "h0": tangents.h0, "c0": tangents.c0}
    for i, (weight, tangent) in enumerate(zip(call.weights, tangents.weights, strict=True)):
        tensors[f"weights[{i}]"], of_tensors[f"weights[{i}]"] = weight, tangent
    arguments.is_served(operation, {"x": call.x} | {f"tangent of {name}": t for name, t in of_tensors.items()})
    for name, tensor in tensors.items():
        arguments.require_shape(operation, f"tangent of {name}", of_tensors[name], tensor.shape)


# --- as PyTorch sees it -----------------------------------------------------------------------------------------------


def _fake_forward(*inputs: *tuple[*Call, bool]) -> Results:
    call, save = _call("recurrence", inputs[:10]), inputs[10]
    arguments.require_one_device("recurrence", call.x, call.symbols, call.batch_sizes, call.h0, call.c0, *call.weights)
    return empty_results(call, save, Tensor.new_empty)


def _fake_backward(*inputs: *tuple[*Call, *Backward]) -> Gradients:
    operation = "recurrence_backward"
    call = _call(operation, inputs[:10])
    y, saved, grad_y, grad_hn, grad_cn, needs = inputs[10:]
    read = (y, saved, grad_y, grad_hn, grad_cn)
    arguments.require_one_device(
        operation, *read, call.x, call.symbols, call.batch_sizes, call.h0, call.c0, *call.weights
    )
    return empty_gradients(call, needs, Tensor.new_empty)


def _fake_double_backward(*inputs: *tuple[*Call, *DoubleBackward]) -> tuple[*tuple[Tensor, ...], list[Tensor]]:
    operation = "recurrence_double_backward"
    call = _call(operation, inputs[:10])
    y, saved, *others, weight_tangents, needs = inputs[10:]
    tensors = [call.x, call.symbols, call.batch_sizes, call.h0, call.c0, *call.weights]
    arguments.require_one_device(operation, y, saved, *others, *weight_tangents, *tensors)
    results = empty_results(call, False, Tensor.new_empty)
    return *results[:3], *empty_gradients(call, needs, Tensor.new_empty)


def _setup(ctx: RecurrenceContext, inputs: tuple[*Call, bool], output: tuple[Tensor, Tensor, Tensor, Tensor]) -> None:
    recurrence_gradients.remember(ctx, _call("recurrence", inputs[:10]), Results(*output))


def _differentiate(
    ctx: RecurrenceContext, *upstream: Tensor | None
) -> tuple[Tensor | Sequence[Tensor | None] | None, ...]:
    grads = recurrence_gradients.gradients(ctx, upstream[:3])
    # of x, symbols, batch_sizes, h0, c0, weights, cell, bias, directions, bf16 and save
    return grads.x, None, None, grads.h0, grads.c0, grads.weights, None, None, None, None, None


def _setup_backward(
    ctx: RecurrenceContext, inputs: tuple[*Call, *Backward], output: tuple[Tensor, Tensor, Tensor, list[Tensor]]
) -> None:
    y, saved, grad_y, grad_hn, grad_cn, _ = inputs[10:]
    call = _call("recurrence_backward", inputs[:10])
    recurrence_gradients.remember_backward(ctx, call, y, saved, (grad_y, grad_hn, grad_cn), None)


def _differentiate_backward(
    ctx: RecurrenceContext, *gradients: *tuple[Tensor | None, Tensor | None, Tensor | None, list[Tensor | None]]
) -> tuple[Tensor | Sequence[Tensor | None] | None, ...]:
    (x, h0, c0, weights), upstream = recurrence_gradients.double_gradients(ctx, Tangents(*gradients))
    # of the call as above, then y, saved, grad_y, grad_hn, grad_cn and needs
    return x, None, None, h0, c0, weights, None, None, None, None, None, None, *upstream, None


_library.impl("recurrence", _forward, "CPU")
_library.impl("recurrence_backward", _backward, "CPU")
_library.impl("recurrence_double_backward", _double_backward, "CPU")
torch.library.register_fake("recurra::recurrence", _fake_forward, lib=_library)
torch.library.register_fake("recurra::recurrence_backward", _fake_backward, lib=_library)
torch.library.register_fake("recurra::recurrence_double_backward", _fake_double_backward, lib=_library)
torch.library.register_autograd("recurra::recurrence", _differentiate, setup_context=_setup, lib=_library)
torch.library.register_autograd(
    "recurra::recurrence_backward", _differentiate_backward, setup_context=_setup_backward, lib=_library
)
