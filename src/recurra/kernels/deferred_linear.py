"""A linear layer that every step of a sequence uses, its weights' gradients taken for all steps at once."""

from typing import Any

import torch
from torch import Tensor

from recurra.kernels import compiled, linear_layer


class DeferredLinear:
    """Computes x W' + b for many small x in turn, (B, I) to (B, O) each.

    PyTorch forms dy' x at every step and adds it to the sum of the others, a whole matrix each time; this keeps both
    and forms the sum over all steps in one product. The gradients are the same to rounding, and can be differentiated
    again. Make one for each sequence of so many steps.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, steps: int):
        self._weight, self._bias = weight, bias
        self._pairs: _Pairs | None = None
        wanted = torch.is_grad_enabled() and weight.requires_grad
        if wanted and not compiled.traced(weight) and not compiled.transformed() and not _autocast(weight):
            self._pairs = _Pairs(steps)
            self._weight, self._bias = _Gather.apply(self._pairs, weight, bias)

    def __call__(self, x: Tensor) -> Tensor:
        """Apply the layer to one step."""
        if self._pairs is None:
            return linear_layer.linear(x, self._weight, self._bias)
        y: Tensor = _Use.apply(self._pairs, x, self._weight, self._bias)
        return y


def _autocast(weight: Tensor) -> bool:
    return torch.is_autocast_enabled(weight.device.type)


class _Pairs:
    """x and dy of the steps that one backward pass has come through, side by side."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._pass, self._rows = -1, 0
        self._room: tuple[Tensor, Tensor] | None = None

    def add(self, x: Tensor, dy: Tensor) -> None:
        now = torch._C._current_graph_task_id()
        if now != self._pass:  # an earlier pass may have asked for no gradient of the weights, and left its pairs
            self._pass, self._rows = now, 0
        if self._room is None:
            rows = self._steps * len(x)
            self._room = compiled.pooled_empty(x, rows, x.shape[1]), compiled.pooled_empty(dy, rows, dy.shape[1])
        end = self._rows + len(x)
        for room, part in zip(self._room, (x, dy), strict=True):
            room[self._rows : end].copy_(part)
        self._rows = end

    def take(self) -> tuple[Tensor, Tensor] | None:
        room, self._room = self._room, None
        if room is None or torch._C._current_graph_task_id() != self._pass:
            return None
        return room[0][: self._rows], room[1][: self._rows]


class _Gather(torch.autograd.Function):
    """The weights as the steps see them; its backward runs when those of all steps have run."""

    @staticmethod
    def forward(ctx: Any, pairs: _Pairs, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor | None]:
        ctx.pairs, ctx.weight = pairs, weight.detach()  # its shape is what counts
        ctx.set_materialize_grads(False)
        return weight.view_as(weight), None if bias is None else bias.view_as(bias)

    @staticmethod
    def backward(ctx: Any, dw: Tensor | None, db: Tensor | None) -> tuple[None, Tensor | None, Tensor | None]:
        pairs = ctx.pairs.take()
        if pairs is None:
            return None, dw, db
        _, *found = linear_layer.gradients(pairs[1], pairs[0], ctx.weight, [False, *ctx.needs_input_grad[1:]])
        # dw and db: from steps whose gradients can be differentiated again, or have been
        sums = [a if b is None else b if a is None else a + b for a, b in zip(found, (dw, db), strict=True)]
        return None, sums[0], sums[1]


class _Use(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, pairs: _Pairs, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.pairs = pairs
        ctx.save_for_backward(x, weight)
        return linear_layer.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        if torch.is_grad_enabled() or compiled.transformed(dy):  # to be differentiated again, or for a batch of dy
            return None, *linear_layer.gradients(dy, x, weight, ctx.needs_input_grad[1:])
        ctx.pairs.add(x, dy)
        return None, *linear_layer.gradients(dy, x, weight, [ctx.needs_input_grad[1], False, False])
