"""Networks computed over weights of fewer bits: within a block every recurrent and linear layer reads them so.

    with ReducedPrecision(torch.int8):
        y, state = layer(x)

The object holds what is packed as long as it lives, so that the next block finds it. How numbers of fewer bits
are computed with: `reduced_torch`. Where gradients are recorded nothing changes.
"""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import compiled, reduced_torch, stream_step
from recurra.kernels.fused_cells import FusedCell
from recurra.kernels.packed_linear import PackedLinear
from recurra.kernels.reduced_types import precision_name

Linear = Callable[[Tensor], Tensor]  # (N, I) to (N, O)

_thread = threading.local()
_SCORES_AT_ONCE = 1 << 22  # of `linear_cross_entropy`


class ReducedPrecision:
    """Weights of fewer bits, by the parameters that they were packed of.

    Parameters must stay as they are as long as this lives: what changes them later is not seen.

    Args:
        dtype: torch.int8 or torch.bfloat16.
    """

    def __init__(self, dtype: torch.dtype):
        precision_name(dtype)
        self.dtype = dtype
        self._packed: dict[tuple[object, ...], tuple[Sequence[Tensor], Any]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Let this thread compute so."""
        if not hasattr(_thread, "active"):
            _thread.active = []
        _thread.active.append(self)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let this thread compute as before."""
        _thread.active.pop()

    def stack(
        self, cell: FusedCell, layers: Sequence[Sequence[Tensor]], residual: bool = False
    ) -> stream_step.ReducedStack:
        """A stack's weights packed for steps and sequences; arguments as of `stream_step.pack`."""
        weights = [weight for of_layer in layers for weight in of_layer]
        use = (cell.name, len(layers), residual)
        packed: stream_step.ReducedStack = self._cached(
            use, weights, lambda: stream_step.pack(cell, layers, residual, dtype=self.dtype)
        )
        return packed

    def linear(self, weight: Tensor, bias: Tensor | None) -> Linear:
        """A linear layer, (N, I) to (N, O), of weight (O, I) and bias (O,)."""
        weights = [weight] if bias is None else [weight, bias]

        def pack() -> Linear:
            if compiled.serves(*weights):
                return PackedLinear(weight, bias, self.dtype)
            return reduced_torch.Linear(weight, bias, self.dtype)

        packed: Linear = self._cached(("linear",), weights, pack)
        return packed

    def _cached(self, use: tuple[object, ...], weights: Sequence[Tensor], pack: Callable[[], Any]) -> Any:
        """What was packed for a use; of weights that are no parameters it is packed anew."""
        if not all(isinstance(weight, nn.Parameter) for weight in weights):
            return pack()
        key = (*use, compiled.instruction_set(), *map(id, weights))
        with self._lock:
            if key not in self._packed:
                self._packed[key] = weights, pack()  # with the weights, so that no other gets their id
            return self._packed[key][1]


def active() -> ReducedPrecision | None:
    """What this thread computes with; None for the weights as they are, and where gradients are recorded."""
    stack = getattr(_thread, "active", None)
    return stack[-1] if stack and not torch.is_grad_enabled() else None


def linear(precision: ReducedPrecision, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Give x W' + b, as `recurra.kernels.linear` does: (..., I) to (..., O)."""
    if x.dtype is not torch.float32 or x.shape[-1] != weight.shape[-1]:
        return F.linear(x, weight, bias)  # whose error says what is wrong
    rows = precision.linear(weight, bias)(x.reshape(-1, x.shape[-1]))
    return rows.view(*x.shape[:-1], len(weight))


def linear_cross_entropy(
    precision: ReducedPrecision, rows: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor
) -> Tensor:
    """The sum of -log softmax(x W' + b)[target] over rows x (N, I), as of `recurra.kernels.linear_cross_entropy`."""
    layer = precision.linear(weight, bias)
    total = rows.new_zeros((), dtype=torch.float64)
    at_once = max(1, _SCORES_AT_ONCE // len(weight))
    for some, targets in zip(rows.split(at_once), target.split(at_once), strict=True):
        total += F.cross_entropy(layer(some), targets, reduction="sum").double()
    return total.to(rows.dtype)


def sequence(
    precision: ReducedPrecision,
    cell: FusedCell,
    x: Tensor,
    batch_sizes: Tensor | None,
    weights: Sequence[Tensor],
    states: tuple[Tensor, ...],
    *,
    bias: bool,
    bidirectional: bool,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer over whole sequences; arguments and results as of `native.sequence`.

    Raises:
        ValueError: the layer is projected.
    """
    count = 4 if bias else 2
    directions = 2 if bidirectional else 1
    if len(weights) != count * directions:
        raise ValueError("reduced precision: expected a layer without a projection")
    sizes = torch.full((len(x),), x.shape[1]) if batch_sizes is None else batch_sizes  # (T,)
    rows = x.flatten(0, 1) if batch_sizes is None else x  # (N, I)
    outputs, finals = [], []
    for direction in range(directions):
        stack = precision.stack(cell, [weights[direction * count : (direction + 1) * count]])
        before = tuple(part[direction : direction + 1] for part in states)  # (1, B, H)
        y, final = stack.sequence(rows, sizes, before, backwards=direction == 1)
        outputs.append(y)
        finals.append(final)
    y = outputs[0] if directions == 1 else torch.cat(outputs, -1)  # (N, D H)
    return y if batch_sizes is not None else y.unflatten(0, x.shape[:2]), tuple(
        map(torch.cat, zip(*finals, strict=True))
    )
