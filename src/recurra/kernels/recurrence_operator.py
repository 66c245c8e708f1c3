"""The recurrence as PyTorch sees it: the operations `torch.ops.recurra.recurrence` and `recurrence_backward`.

They check all that they are given. Numbers of another type than float32, as those of an exported program that was put
in half precision, go through the equations in plain torch.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from recurra.kernels import arguments, recurrence, reference
from recurra.kernels.equations import GATES

_library = torch.library.Library("recurra", "FRAGMENT")
_library.define(
    "recurrence(Tensor x, Tensor? symbols, Tensor? batch_sizes, Tensor h0, Tensor c0, Tensor[] weights, str mode, "
    "bool bias, int directions, bool keep) -> (Tensor, Tensor, Tensor, Tensor)"
)
_library.define(
    "recurrence_backward(Tensor? grad_y, Tensor? grad_hn, Tensor? grad_cn, Tensor x, Tensor? symbols, "
    "Tensor? batch_sizes, Tensor h0, Tensor c0, Tensor y, Tensor kept, Tensor[] weights, str mode, bool bias, "
    "int directions, bool[] needs) -> (Tensor, Tensor, Tensor, Tensor[])"
)


# --- forward ----------------------------------------------------------------------------------------------------------


def _forward(
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
    batch_sizes = recurrence.whole_batch_sizes(batch_sizes)
    served = _check("recurrence", x, symbols, batch_sizes, h0, c0, weights, mode, bias, directions)
    if served and h0.shape[1] > 0:
        return recurrence.forward(x, symbols, batch_sizes, h0, c0, weights, mode, bias, directions, keep)
    states = (h0, c0) if mode == "lstm" else (h0,)
    how: dict[str, Any] = {"bias": bias, "bidirectional": directions == 2, "symbols": symbols}
    y, final = reference.sequence(mode, x, batch_sizes, weights, states, **how)
    return y.contiguous(), final[0], final[1] if mode == "lstm" else c0.clone(), x.new_empty(0)


def _check(
    operation: str,
    x: Tensor,
    symbols: Tensor | None,
    batch_sizes: Tensor | None,
    h0: Tensor,
    c0: Tensor,
    weights: Sequence[Tensor],
    mode: str,
    bias: bool,
    directions: int,
) -> bool:
    """Refuse what does not fit together; tell whether the kernels can read the numbers."""
    if mode not in GATES or directions not in (1, 2):
        raise ValueError(f"{operation}: expected {', '.join(GATES)} in 1 or 2 directions, got {mode} in {directions}")
    biases = 2 if bias else 0
    projected = mode == "lstm" and len(weights) == (3 + biases) * directions
    arguments.require_count(operation, "weights", weights, (2 + biases + projected) * directions)
    numbers = {f"weights[{i}]": weight for i, weight in enumerate(weights)}
    numbers |= {"h0": h0} | ({"c0": c0} if mode == "lstm" else {})
    served = arguments.is_served(operation, {"x": x, **numbers})
    arguments.require_whole(operation, "symbols", symbols)
    arguments.require_whole(operation, "batch_sizes", batch_sizes)
    if x.dim() < 2 or h0.dim() != 3 or len(h0) != directions or weights[0].dim() != 2:
        shapes = [tuple(t.shape) for t in (x, h0, weights[0])]
        raise ValueError(f"{operation}: expected x (T, B, I) or (N, I), h0 (D, B, H) and weights (G, I), got {shapes}")
    recurrence.check(mode, x, symbols, batch_sizes, h0, c0, recurrence.by_direction(weights, bias, directions))
    _check_batch_sizes(operation, batch_sizes, h0.shape[1], math.prod(recurrence.rows_of(x, symbols)))
    if symbols is not None and symbols.numel() and not 0 <= int(symbols.min()) <= int(symbols.max()) < len(x):
        raise IndexError(f"{operation}: symbols: expected 0 to {len(x) - 1}")
    return served


def _check_batch_sizes(operation: str, batch_sizes: Tensor | None, batch: int, rows: int) -> None:
    """Refuse counts that rise, or that are not of these rows."""
    if batch_sizes is None:
        return
    sizes = batch_sizes.tolist()
    falling = all(0 < later <= earlier for earlier, later in itertools.pairwise(sizes))
    if not sizes or sizes[0] != batch or not falling or sum(sizes) != rows:
        raise ValueError(f"{operation}: batch_sizes: expected counts from {batch} that never rise, {rows} in all")


# --- backward ---------------------------------------------------------------------------------------------------------


def _backward(
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
    operation = "recurrence_backward"
    batch_sizes = recurrence.whole_batch_sizes(batch_sizes)
    served = _check(operation, x, symbols, batch_sizes, h0, c0, weights, mode, bias, directions)
    gradients: dict[str, Tensor | None] = {
        "grad_y": grad_y,
        "grad_hn": grad_hn,
        "grad_cn": grad_cn if mode == "lstm" else None,
    }
    arguments.is_served(operation, {"x": x, "y": y, "kept": kept, **gradients})
    if not served:
        raise ValueError(
            f"{operation}: expected torch.float32, got {x.dtype}, of which autograd takes gradients itself"
        )
    shape = (*recurrence.rows_of(x, symbols), directions * h0.shape[2])
    hidden = weights[0].shape[0] // GATES[mode]
    room = recurrence.room_of(
        x, symbols, h0, c0, hidden, mode, True, lambda like, *shape: like.new_empty(shape, device="meta")
    )
    arguments.require_shape(operation, "y", y, shape)
    arguments.require_shape(operation, "kept", kept, room[3].shape)
    arguments.require_shape(operation, "grad_y", grad_y, shape)
    arguments.require_shape(operation, "grad_hn", grad_hn, h0.shape)
    arguments.require_shape(operation, "grad_cn", gradients["grad_cn"], c0.shape)
    arguments.require_count(operation, "needs", needs, 1 + len(weights))
    given = x, symbols, batch_sizes, h0, c0, y, kept, weights, mode, bias, directions, needs
    return recurrence.backward(grad_y, grad_hn, gradients["grad_cn"], *given)


# --- as PyTorch sees it -----------------------------------------------------------------------------------------------

_library.impl("recurrence", _forward, "CPU")
_library.impl("recurrence_backward", _backward, "CPU")


@torch.library.register_fake("recurra::recurrence", lib=_library)
def _fake_forward(  # type: ignore[no-untyped-def]
    x, symbols, batch_sizes, h0, c0, weights, mode, bias, directions, keep
):
    arguments.require_one_device("recurrence", x, symbols, batch_sizes, h0, c0, *weights)
    return recurrence.room_of(x, symbols, h0, c0, weights[0].shape[0] // GATES[mode], mode, keep, Tensor.new_empty)


@torch.library.register_fake("recurra::recurrence_backward", lib=_library)
def _fake_backward(  # type: ignore[no-untyped-def]
    grad_y, grad_hn, grad_cn, x, symbols, batch_sizes, h0, c0, y, kept, weights, mode, bias, directions, needs
):
    given = grad_y, grad_hn, grad_cn, x, symbols, batch_sizes, h0, c0, y, kept, *weights
    arguments.require_one_device("recurrence_backward", *given)
    return recurrence.gradient_room(x, h0, c0, weights, needs, Tensor.new_empty)


def _setup(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    x, symbols, batch_sizes, h0, c0, weights, mode, bias, directions, _ = inputs
    recurrence.remember(ctx, (x, symbols, batch_sizes, h0, c0, mode, bias, directions), weights, output)


def _differentiate(ctx: Any, *upstream: Tensor | None) -> tuple[Any, ...]:
    grads, weight_grads = recurrence.gradients(ctx, upstream[:3])
    return *grads, weight_grads, None, None, None, None


torch.library.register_autograd("recurra::recurrence", _differentiate, setup_context=_setup, lib=_library)
