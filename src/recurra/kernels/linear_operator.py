"""The linear layer as PyTorch sees it: the operations `torch.ops.recurra.linear` and `linear_backward`."""

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import arguments, linear_kernel
from recurra.kernels.autograd_function import Context
from recurra.kernels.linear_kernel import LinearGradients
from recurra.kernels.linear_layer import gradients, gradients_in_plain_torch

_library = torch.library.Library("recurra", "FRAGMENT")
_library.define("linear(Tensor x, Tensor weight, Tensor? bias) -> Tensor")
_library.define("linear_backward(Tensor grad_y, Tensor x, Tensor weight, bool[] needs) -> (Tensor, Tensor, Tensor)")


def _forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    is_served = arguments.is_served("linear", {"x": x, "weight": weight, "bias": bias})
    return linear_kernel.forward(x, weight, bias) if is_served else F.linear(x, weight, bias).contiguous()


def _backward(grad_y: Tensor, x: Tensor, weight: Tensor, needs: list[bool]) -> LinearGradients:
    operation = "linear_backward"
    is_served = arguments.is_served(operation, {"x": x, "weight": weight, "grad_y": grad_y})
    arguments.require_count(operation, "needs", needs, 3)
    if weight.dim() != 2 or x.dim() < 1 or x.shape[-1] != weight.shape[1]:
        shapes = f"{tuple(x.shape)} and {tuple(weight.shape)}"
        raise ValueError(f"{operation}: expected x (..., I) and weight (O, I), got {shapes}")
    arguments.require_shape(operation, "grad_y", grad_y, (*x.shape[:-1], len(weight)))
    if is_served and linear_kernel.fits(x, weight, None):
        return linear_kernel.backward(grad_y, x, weight, needs)
    grads = gradients_in_plain_torch(grad_y, x, weight, needs)
    empty = linear_kernel.empty_gradients(x, weight, needs)
    filled = [e if grad is None else grad.contiguous() for grad, e in zip(grads, empty, strict=True)]
    return LinearGradients(*filled)


def _fake_forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    arguments.require_one_device("linear", x, weight, bias)
    return x.new_empty((*x.shape[:-1], weight.shape[0]))


def _fake_backward(grad_y: Tensor, x: Tensor, weight: Tensor, needs: list[bool]) -> LinearGradients:
    arguments.require_one_device("linear_backward", grad_y, x, weight)
    return linear_kernel.empty_gradients(x, weight, needs, Tensor.new_empty)


def _setup(ctx: Context, inputs: tuple[Tensor, Tensor, Tensor | None], output: Tensor) -> None:
    ctx.save_for_backward(*inputs[:2])


def _differentiate(ctx: Context, grad_y: Tensor) -> tuple[Tensor | None, ...]:
    x, weight = ctx.saved_tensors
    return gradients(grad_y, x, weight, ctx.needs_input_grad)


_library.impl("linear", _forward, "CPU")
_library.impl("linear_backward", _backward, "CPU")
torch.library.register_fake("recurra::linear", _fake_forward, lib=_library)
torch.library.register_fake("recurra::linear_backward", _fake_backward, lib=_library)
torch.library.register_autograd("recurra::linear", _differentiate, setup_context=_setup, lib=_library)
