"""A linear layer that every step of a sequence uses, its weights' gradients taken for all steps at once."""

from typing import Protocol

import torch
from torch import Tensor

from recurra.kernels import compiled, linear_layer
from recurra.kernels.autograd_function import Context, Function


class DeferredLinear:
    """Computes x W' + b for many small x in turn, (B, I) to (B, O) each.

    PyTorch forms dy' x at every step and adds it to the sum of the others, a whole matrix each time; this keeps both
    and forms the sum over all steps in one product. The gradients are the same to rounding, and can be differentiated
    again. Make one for each sequence of so many steps.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, steps: int):
        self._weight, self._bias = weight, bias
        self._pairs: _Pairs | None = None
        learns = torch.is_grad_enabled() and weight.requires_grad
        if learns and not compiled.traced(weight) and not compiled.transformed() and not _autocast(weight):
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
        self._buffers: tuple[Tensor, Tensor] | None = None  # (T B, I) and (T B, O)

    def add(self, x: Tensor, dy: Tensor) -> None:
        """Keep those of one step, (B, I) and (B, O)."""
        now = torch._C._current_graph_task_id()
        if now != self._pass:  # an earlier pass may have asked for no gradient of the weights, and left its pairs
            self._pass, self._rows = now, 0
        if self._buffers is None:
            rows = self._steps * len(x)
            self._buffers = compiled.pooled_empty(x, rows, x.shape[1]), compiled.pooled_empty(dy, rows, dy.shape[1])
        end = self._rows + len(x)
        for buffer, part in zip(self._buffers, (x, dy), strict=True):
            buffer[self._rows : end].copy_(part)
        self._rows = end

    def take(self) -> tuple[Tensor, Tensor] | None:
        """Give those of all steps of the pass that is under way, and keep none."""
        buffers, self._buffers = self._buffers, None
        if buffers is None or torch._C._current_graph_task_id() != self._pass:
            return None
        return buffers[0][: self._rows], buffers[1][: self._rows]


class _GatherContext(Context, Protocol):
    pairs: _Pairs
    weight: Tensor


class _Gather(Function):
    """The weights as the steps see them; its backward runs when those of all steps have run."""

    @staticmethod
    def forward(
        ctx: _GatherContext, pairs: _Pairs, weight: Tensor, bias: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        ctx.pairs, ctx.weight = pairs, weight.detach()  # its shape is what counts
        ctx.set_materialize_grads(False)
        return weight.view_as(weight), None if bias is None else bias.view_as(bias)

    @staticmethod
    def backward(
        ctx: _GatherContext, dw: Tensor | None, db: Tensor | None
    ) -> tuple[None, Tensor | None, Tensor | None]:
        pairs = ctx.pairs.take()
        if pairs is None:
            return None, dw, db
        x, dy = pairs
        _, of_weight, of_bias = linear_layer.gradients(dy, x, ctx.weight, [False, *ctx.needs_input_grad[1:]])
        # dw and db: from steps whose gradients can be differentiated again, or have been
        return None, _sum(of_weight, dw), _sum(of_bias, db)


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    return a + b


class _UseContext(Context, Protocol):
    pairs: _Pairs


class _Use(Function):
    """The layer at one step."""

    @staticmethod
    def forward(ctx: _UseContext, pairs: _Pairs, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.pairs = pairs
        ctx.save_for_backward(x, weight)
        return linear_layer.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: _UseContext, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        if torch.is_grad_enabled() or compiled.transformed(dy):  # to be differentiated again, or for a batch of dy
            return None, *linear_layer.gradients(dy, x, weight, ctx.needs_input_grad[1:])
        ctx.pairs.add(x, dy)
        return None, *linear_layer.gradients(dy, x, weight, [ctx.needs_input_grad[1], False, False])
