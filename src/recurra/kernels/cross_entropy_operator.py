"""The large softmax's loss as PyTorch sees it: the operation `torch.ops.recurra.linear_cross_entropy`."""

from typing import Protocol

import torch
from torch import Tensor

from recurra.kernels import arguments
from recurra.kernels.autograd_function import Context
from recurra.kernels.cross_entropy import Results, differentiable_gradients, in_chunks, on_the_kernel
from recurra.kernels.linear_kernel import empty_gradients

_library = torch.library.Library("recurra", "FRAGMENT")
_library.define(
    "linear_cross_entropy(Tensor x, Tensor weight, Tensor? bias, Tensor target, bool[] needs, bool bf16=False) "
    "-> (Tensor, Tensor, Tensor, Tensor)"
)


def _forward(
    x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, needs: list[bool], bf16: bool = False
) -> Results:
    operation = "linear_cross_entropy"
    is_served = arguments.is_served(operation, {"x": x, "weight": weight, "bias": bias})
    arguments.require_count(operation, "needs", needs, 3)
    arguments.require_whole(operation, "target", target)
    if x.dim() != 2 or weight.dim() != 2 or x.shape[1] != weight.shape[1] or not len(weight):
        shapes = f"{tuple(x.shape)} and {tuple(weight.shape)}"
        raise ValueError(f"{operation}: expected x (N, H) and weight (V, H), got {shapes}")
    arguments.require_shape(operation, "bias", bias, weight.shape[:1])
    arguments.require_shape(operation, "target", target, x.shape[:1])
    if is_served and x.numel() > 0:
        return on_the_kernel(x, weight, bias, target, needs, bf16)
    loss, *grads = in_chunks(x, weight, bias, target, needs)
    grad_x, grad_weight, grad_bias = (grad.to(x.dtype) for grad in grads)
    return loss, grad_x, grad_weight, grad_bias


def _fake(
    x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, needs: list[bool], bf16: bool = False
) -> Results:
    arguments.require_one_device("linear_cross_entropy", x, weight, bias, target)
    loss = x.new_empty((), dtype=torch.promote_types(x.dtype, torch.float32))
    return loss, *empty_gradients(x, weight, needs, Tensor.new_empty)


class _OperatorContext(Context, Protocol):
    needs: list[bool]


def _setup(
    ctx: _OperatorContext, inputs: tuple[Tensor, Tensor, Tensor | None, Tensor, list[bool], bool], output: Results
) -> None:
    x, weight, bias, target, needs, _ = inputs
    ctx.save_for_backward(x, weight, bias, target, *output[1:])
    ctx.needs = needs
    ctx.mark_non_differentiable(*output[1:])
    ctx.set_materialize_grads(False)


def _differentiate(ctx: _OperatorContext, grad_loss: Tensor | None, *_: Tensor | None) -> tuple[Tensor | None, ...]:
    x, weight, bias, target, *grads = ctx.saved_tensors
    asked = ctx.needs_input_grad[:3]
    if grad_loss is None:
        return (None,) * 6
    is_missing = any(now and not then for now, then in zip(asked, ctx.needs, strict=True))
    if torch.is_grad_enabled() or is_missing:
        with torch.enable_grad():
            return *differentiable_gradients(asked, grad_loss, x, weight, bias, target), None, None, None
    scaled: list[Tensor | None] = []
    for grad, needed in zip(grads, asked, strict=True):
        scaled.append(grad * grad_loss.to(grad.dtype) if needed else None)
    return *scaled, None, None, None


_library.impl("linear_cross_entropy", _forward, "CPU")
torch.library.register_fake("recurra::linear_cross_entropy", _fake, lib=_library)
torch.library.register_autograd("recurra::linear_cross_entropy", _differentiate, setup_context=_setup, lib=_library)
