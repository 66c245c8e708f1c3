"""Linear layer, softmax and cross-entropy in one operation that never holds the logits of all rows at once.

On the compiled kernel where it serves, which torch.compile and torch.export see as an operation
(cross_entropy_operator.py); else the same in plain torch, chunk by chunk.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import compiled, reduced_precision
from recurra.kernels.autograd_function import Context, Function
from recurra.kernels.linear_kernel import empty_gradients

_CHUNK_ELEMENTS = 1 << 22  # logits alive at once in plain torch: 16 MiB in float32
_MANY_CHUNKS = 16  # from which on their sums are in float64: rounding grows with the number of additions


def linear_cross_entropy(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor) -> Tensor:
    """Sum over all rows of -log softmax(x W' + b)[target], the loss of every model that predicts a symbol.

    The rows are taken in chunks, and where a gradient will be needed it is computed chunk by chunk in the forward pass,
    while the logits are at hand; so memory holds one chunk of logits instead of all of them, and nothing is computed
    twice. Differentiable as often as asked for; from the second time on all logits are held. Within
    `torch.autocast("cpu", torch.bfloat16)` all that is multiplied, forward and backward, is rounded to bfloat16 before;
    logits, sums and results are float32.

    Args:
        x: (..., H) features.
        weight: (V, H), one row a symbol.
        bias: (V,) or None.
        target: (...) symbol numbers, 0 <= target < V.

    Returns:
        The loss in nats, a scalar of float32 (float64 for float64 input).

    Raises:
        ValueError: The shape of `target` is not that of the rows.
        IndexError: A target is no symbol (RuntimeError where the compiled kernel does not serve).
    """
    if x.shape[:-1] != target.shape:
        raise ValueError(f"expected one target per row, shape {tuple(x.shape[:-1])}, got {tuple(target.shape)}")
    rows, target = x.reshape(-1, x.shape[-1]), target.reshape(-1)
    precision = reduced_precision.active()
    if precision is not None:
        return reduced_precision.linear_cross_entropy(precision, rows, weight, bias, target)
    tensors = [rows, weight] if bias is None else [rows, weight, bias]
    bf16 = compiled.serves_in_bf16(*tensors) and _fits(rows, weight, bias, target)
    if bf16 or torch.is_autocast_enabled(x.device.type):
        dtype = torch.float32 if bf16 else torch.get_autocast_dtype(x.device.type)
        rows, weight = rows.to(dtype), weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
    is_served = bf16 or (compiled.serves(*tensors) and _fits(rows, weight, bias, target))
    if not is_served and (compiled.transformed() or torch.compiler.is_compiling()):
        return in_plain_torch(rows, weight, bias, target)
    needs = [torch.is_grad_enabled() and t is not None and t.requires_grad for t in (rows, weight, bias)]
    loss: Tensor
    if is_served and compiled.traced(rows):
        loss = torch.ops.recurra.linear_cross_entropy(rows, weight, bias, target, needs, bf16)[0]
    else:
        compute = partial(on_the_kernel, bf16=bf16) if is_served else in_chunks
        loss = _LinearCrossEntropy.apply(rows, weight, bias, target, needs, compute)
    return loss


def _fits(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor) -> bool:
    """Whether the kernel can read these: shapes that fit together, nothing empty."""
    return (
        weight.dim() == 2
        and x.dim() == 2
        and x.shape[1] == weight.shape[1]
        and (bias is None or bias.shape == weight.shape[:1])
        and x.shape[:1] == target.shape
        and target.dtype is torch.int64
        and target.device.type == "cpu"
        and x.numel() > 0
        and weight.numel() > 0
    )


def in_plain_torch(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor) -> Tensor:
    """The same loss with all logits at once, which any transformation of torch can see through."""
    logits = F.linear(x, weight, bias)
    total_dtype = torch.promote_types(logits.dtype, torch.float32)
    return -logits.to(total_dtype).log_softmax(-1).gather(-1, target.unsqueeze(-1)).sum()


# --- loss and gradients -----------------------------------------------------------------------------------------------

# The loss, and the gradients of x, weight and bias: of no elements where they are not wanted.
Results = tuple[Tensor, Tensor, Tensor, Tensor]
Compute = Callable[[Tensor, Tensor, Tensor | None, Tensor, Sequence[bool]], Results]


def on_the_kernel(
    x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, needs: Sequence[bool], bf16: bool = False
) -> Results:
    """The loss and its gradients in one call of the kernel.

    needs: of which of x, weight and bias. bf16: whether what is multiplied is rounded to bfloat16.
    """
    if not _fits(x, weight, bias, target):  # the kernel would read beyond a tensor
        raise ValueError(
            f"expected x (N, H), weight (V, H), bias (V,) and target (N,) of int64, got {tuple(x.shape)}, "
            f"{tuple(weight.shape)}, {None if bias is None else tuple(bias.shape)} and {tuple(target.shape)}"
        )
    bias = None if bias is None else bias.contiguous()
    inputs = [x.contiguous(), weight.contiguous(), bias, target.contiguous()]  # held here, while the kernel reads them
    grads = empty_gradients(x, weight, needs)
    asked = [grad if needed else None for grad, needed in zip(grads, needs, strict=True)]
    tensors = compiled.data_pointers([*inputs, *asked])
    loss = compiled.extension.cross_entropy([*x.shape, len(weight)], tensors, torch.get_num_threads(), bf16)
    return x.new_full((), loss), *grads


def in_chunks(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, needs: Sequence[bool]) -> Results:
    """The same in plain torch, some rows at a time."""
    total_dtype = torch.promote_types(x.dtype, torch.float32)
    chunk = max(1, _CHUNK_ELEMENTS // len(weight))
    many = len(x) > _MANY_CHUNKS * chunk and x.device.type != "mps"  # which has no float64
    sum_dtype = torch.float64 if many else total_dtype
    grad_x = x.new_empty(x.shape if needs[0] else 0)
    grad_weight = weight.new_zeros(weight.shape if needs[1] else 0, dtype=sum_dtype)
    grad_bias = weight.new_zeros(weight.shape[:1] if needs[2] else 0, dtype=sum_dtype)
    loss = torch.zeros((), dtype=sum_dtype, device=x.device)
    for start in range(0, len(x), chunk):
        part = slice(start, start + chunk)
        log_probs = F.linear(x[part], weight, bias).to(total_dtype).log_softmax(-1)  # (rows, V)
        symbols = target[part].unsqueeze(-1)  # (rows, 1)
        loss -= log_probs.gather(-1, symbols).sum()
        if not any(needs):
            continue
        # softmax - 1 at the target
        grad_logits = log_probs.exp_()
        grad_logits.scatter_add_(-1, symbols, torch.full_like(symbols, -1, dtype=total_dtype))
        if needs[2]:
            grad_bias += grad_logits.sum(0)
        grad_logits = grad_logits.to(x.dtype)
        if needs[0]:
            torch.mm(grad_logits, weight, out=grad_x[part])
        if needs[1]:
            grad_weight += grad_logits.T @ x[part]
    return loss.to(total_dtype), grad_x, grad_weight.to(total_dtype), grad_bias.to(total_dtype)


class _CrossEntropyContext(Context, Protocol):
    needs: list[bool]
    compute: Compute
    grads: Sequence[Tensor] | None


class _LinearCrossEntropy(Function):
    """Any of the two ways. The gradients are kept beside the graph, since the backward pass gives them away."""

    @staticmethod
    def forward(
        ctx: _CrossEntropyContext,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        target: Tensor,
        needs: list[bool],
        compute: Compute,
    ) -> Tensor:
        loss, *grads = compute(x, weight, bias, target, needs)
        if any(needs):
            ctx.save_for_backward(x, weight, bias, target)
            ctx.needs, ctx.compute, ctx.grads = needs, compute, grads
        return loss

    @staticmethod
    def backward(ctx: _CrossEntropyContext, grad_loss: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias, target = _saved(ctx)
        if torch.is_grad_enabled():  # the gradients are to be differentiated again
            return *differentiable_gradients(ctx.needs, grad_loss, x, weight, bias, target), None, None, None
        grads = ctx.grads
        if grads is None:  # not the first backward pass through this graph
            grads = ctx.compute(x, weight, bias, target, ctx.needs)[1:]
        alone = not (compiled.transformed(grad_loss) or compiled.traced(grad_loss))
        ctx.grads = None if alone else grads
        dtypes = [x.dtype, weight.dtype, weight.dtype if bias is None else bias.dtype]
        scaled: list[Tensor | None] = []
        for grad, dtype, needed in zip(grads, dtypes, ctx.needs, strict=True):
            scaled.append(_scaled(grad, grad_loss, alone).to(dtype) if needed else None)
        return *scaled, None, None, None


def _saved(ctx: Context) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
    x, weight, bias, target = ctx.saved_tensors
    return x, weight, bias, target


def _scaled(grad: Tensor, factor: Tensor, in_place: bool) -> Tensor:
    factor = factor.to(grad.dtype)
    return grad.mul_(factor) if in_place else grad * factor


def differentiable_gradients(
    needs: Sequence[bool], grad_loss: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor
) -> list[Tensor | None]:
    """The gradients of x, weight and bias through plain torch, to be differentiated again."""
    x, weight = compiled.apart([x, weight])
    leaves = [t for t, needed in zip((x, weight, bias), needs, strict=True) if needed and t is not None]
    loss = in_plain_torch(x, weight, bias, target)
    grads = iter(torch.autograd.grad(loss, leaves, grad_loss, create_graph=True))
    return [next(grads) if needed else None for needed in needs]
