"""The linear layer on the compiled kernels: y = x W' + b, and its gradients. Rows x (..., I), weight (O, I)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import compiled


class LinearGradients(NamedTuple):
    """Gradients of the three inputs; empty where one is not asked for."""

    x: Tensor  # (..., I)
    weight: Tensor  # (O, I)
    bias: Tensor  # (O,)


def fits(x: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    """Whether the shapes fit together and nothing is empty."""
    return (
        weight.dim() == 2
        and x.dim() >= 1
        and x.shape[-1] == weight.shape[1]
        and (bias is None or bias.shape == weight.shape[:1])
        and x.numel() > 0
        and weight.numel() > 0
    )


def forward(x: Tensor, weight: Tensor, bias: Tensor | None, threads: int | None = None, bf16: bool = False) -> Tensor:
    """Multiply float32 tensors; PyTorch's own function says what is wrong with shapes that do not fit.

    threads: to use; None as many as PyTorch. bf16: whether x and weight are rounded to bfloat16 before.
    """
    if not fits(x, weight, bias):  # a kernel would read beyond a tensor
        return F.linear(x, weight, bias)
    x, weight, bias = x.contiguous(), weight.contiguous(), None if bias is None else bias.contiguous()
    y = x.new_empty((*x.shape[:-1], weight.shape[0]))
    tensors = compiled.data_pointers([x, weight, bias, y])
    compiled.extension.linear(_sizes(x, weight), tensors, threads or torch.get_num_threads(), bf16)
    return y


def backward(grad_y: Tensor, x: Tensor, weight: Tensor, needs: Sequence[bool], bf16: bool = False) -> LinearGradients:
    """Gradients of float32 tensors; needs: of which of x, weight and bias. bf16: as of `forward`, and grad_y too."""
    if grad_y.shape != (*x.shape[:-1], weight.shape[0]):
        raise ValueError(f"gradient: expected shape {(*x.shape[:-1], weight.shape[0])}, got {tuple(grad_y.shape)}")
    grad_y, x, weight = compiled.in_memory(grad_y), x.contiguous(), weight.contiguous()
    grads = empty_gradients(x, weight, needs)
    asked = [grad if needed else None for grad, needed in zip(grads, needs, strict=True)]
    tensors = compiled.data_pointers([x, weight, None, grad_y, *asked])
    compiled.extension.linear_backward(_sizes(x, weight), tensors, torch.get_num_threads(), bf16)
    return grads


def empty_gradients(
    x: Tensor, weight: Tensor, needs: Sequence[bool], empty: compiled.Empty = compiled.pooled_empty
) -> LinearGradients:
    """Gradients not yet filled."""
    return LinearGradients(
        empty(x, *x.shape) if needs[0] else x.new_empty(0),
        x.new_empty(weight.shape if needs[1] else 0),
        x.new_empty(weight.shape[:1] if needs[2] else 0),
    )


def _sizes(x: Tensor, weight: Tensor) -> list[int]:
    """Rows, I, O."""
    return [x.numel() // x.shape[-1], x.shape[-1], weight.shape[0]]
