"""Linear layer, softmax and cross-entropy in one operation that never holds the logits of all rows at once.

On the compiled kernel where it serves, as the operation `torch.ops.recurra.linear_cross_entropy` that torch.compile and
torch.export see; else the same in plain torch, chunk by chunk.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import arguments, compiled
from recurra.kernels.linear_layer import gradient_room

_CHUNK_ELEMENTS = 1 << 22  # logits alive at once in plain torch: 16 MiB in float32
_MANY_CHUNKS = 16  # from which on their sums are in float64: rounding grows with the number of additions


def linear_cross_entropy(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor) -> Tensor:
    """Sum over all rows of -log softmax(x W' + b)[target], the loss of every model that predicts a symbol.

    The rows are taken in chunks, and where a gradient will be needed it is computed chunk by chunk in the forward pass,
    while the logits are at hand; so memory holds one chunk of logits instead of all of them, and nothing is computed
    twice. Differentiable as often as asked for; from the second time on all logits are held.

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
    if torch.is_autocast_enabled(x.device.type):
        dtype = torch.get_autocast_dtype(x.device.type)
        rows, weight = rows.to(dtype), weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
    given = [rows, weight, *([] if bias is None else [bias])]
    served = compiled.serves(*given) and _fits(rows, weight, bias, target)
    if not served and (compiled.transformed() or torch.compiler.is_compiling()):
        return _in_plain_torch(rows, weight, bias, target)
    needs = [torch.is_grad_enabled() and t is not None and t.requires_grad for t in (rows, weight, bias)]
    loss: Tensor
    if served and compiled.traced(rows):
        loss = torch.ops.recurra.linear_cross_entropy(rows, weight, bias, target, needs)[0]
    else:
        loss = _LinearCrossEntropy.apply(rows, weight, bias, target, needs, _on_the_kernel if served else _in_chunks)
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


def _in_plain_torch(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor) -> Tensor:
    """The same loss with all logits at once, which any transformation of torch can see through."""
    logits = F.linear(x, weight, bias)
    total_dtype = torch.promote_types(logits.dtype, torch.float32)
    return -logits.to(total_dtype).log_softmax(-1).gather(-1, target.unsqueeze(-1)).sum()


# --- loss and gradients -----------------------------------------------------------------------------------------------

# The loss, and the gradients of x, weight and bias: of no elements where they are not wanted.
Results = tuple[Tensor, Tensor, Tensor, Tensor]


def _on_the_kernel(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, needs: Sequence[bool]) -> Results:
    if not _fits(x, weight, bias, target):  # the kernel would read beyond a tensor
        raise ValueError(
            f"expected x (N, H), weight (V, H), bias (V,) and target (N,) of int64, got {tuple(x.shape)}, "
            f"{tuple(weight.shape)}, {None if bias is None else tuple(bias.shape)} and {tuple(target.shape)}"
        )
    given = [x.contiguous(), weight.contiguous(), None if bias is None else bias.contiguous(), target.contiguous()]
    grads = gradient_room(x, weight, needs)
    wanted = [g if needed else None for g, needed in zip(grads, needs, strict=True)]
    loss = compiled.extension().cross_entropy(
        [*x.shape, len(weight)], compiled.data_pointers([*given, *wanted]), torch.get_num_threads()
    )
    return x.new_full((), loss), *grads


def _in_chunks(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, needs: Sequence[bool]) -> Results:
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
        log_p = F.linear(x[part], weight, bias).to(total_dtype).log_softmax(-1)
        wanted = target[part].unsqueeze(-1)
        loss -= log_p.gather(-1, wanted).sum()
        if not any(needs):
            continue
        grad_logits = log_p.exp_()
        grad_logits.scatter_add_(-1, wanted, torch.full_like(wanted, -1, dtype=total_dtype))
        if needs[2]:
            grad_bias += grad_logits.sum(0)
        grad_logits = grad_logits.to(x.dtype)
        if needs[0]:
            torch.mm(grad_logits, weight, out=grad_x[part])
        if needs[1]:
            grad_weight += grad_logits.T @ x[part]
    return loss.to(total_dtype), grad_x, grad_weight.to(total_dtype), grad_bias.to(total_dtype)


class _LinearCrossEntropy(torch.autograd.Function):
    """Any of the two ways. The gradients are kept beside the graph, since the backward pass gives them away."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, needs: list[bool], compute: Any
    ) -> Tensor:
        loss: Tensor
        loss, *grads = compute(x, weight, bias, target, needs)
        if any(needs):
            ctx.save_for_backward(x, weight, bias, target)
            ctx.needs, ctx.compute, ctx.grads = needs, compute, grads
        return loss

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias, target = ctx.saved_tensors
        if torch.is_grad_enabled():  # the gradients are to be differentiated again
            return *_differentiable(ctx.needs, grad_loss, x, weight, bias, target), None, None, None
        grads = ctx.grads
        if grads is None:  # not the first backward pass through this graph
            grads = ctx.compute(x, weight, bias, target, ctx.needs)[1:]
        alone = not (compiled.transformed(grad_loss) or compiled.traced(grad_loss))
        ctx.grads = None if alone else grads
        dtypes = [x.dtype, weight.dtype, weight.dtype if bias is None else bias.dtype]
        scaled = [
            _scaled(g, grad_loss, alone).to(dtype) if needed else None
            for g, dtype, needed in zip(grads, dtypes, ctx.needs, strict=True)
        ]
        return *scaled, None, None, None


def _scaled(grad: Tensor, factor: Tensor, in_place: bool) -> Tensor:
    factor = factor.to(grad.dtype)
    return grad.mul_(factor) if in_place else grad * factor


def _differentiable(
    needs: Sequence[bool], grad_loss: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor
) -> list[Tensor | None]:
    """The gradients through plain torch, to be differentiated again."""
    x, weight = compiled.apart([x, weight])
    wanted = [t for t, needed in zip((x, weight, bias), needs, strict=True) if needed and t is not None]
    loss = _in_plain_torch(x, weight, bias, target)
    found = iter(torch.autograd.grad(loss, wanted, grad_loss, create_graph=True))
    return [next(found) if needed else None for needed in needs]


# --- as PyTorch sees it -----------------------------------------------------------------------------------------------

_library = torch.library.Library("recurra", "FRAGMENT")
_library.define(
    "linear_cross_entropy(Tensor x, Tensor weight, Tensor? bias, Tensor target, bool[] needs) "
    "-> (Tensor, Tensor, Tensor, Tensor)"
)


def _operator(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, needs: list[bool]) -> Results:
    operation = "linear_cross_entropy"
    served = arguments.is_served(operation, {"x": x, "weight": weight, "bias": bias})
    arguments.require_count(operation, "needs", needs, 3)
    arguments.require_whole(operation, "target", target)
    if x.dim() != 2 or weight.dim() != 2 or x.shape[1] != weight.shape[1] or not len(weight):
        shapes = f"{tuple(x.shape)} and {tuple(weight.shape)}"
        raise ValueError(f"{operation}: expected x (N, H) and weight (V, H), got {shapes}")
    arguments.require_shape(operation, "bias", bias, weight.shape[:1])
    arguments.require_shape(operation, "target", target, x.shape[:1])
    if served and x.numel() > 0:
        return _on_the_kernel(x, weight, bias, target, needs)
    loss, *grads = _in_chunks(x, weight, bias, target, needs)
    grad_x, grad_weight, grad_bias = (grad.to(x.dtype) for grad in grads)
    return loss, grad_x, grad_weight, grad_bias


_library.impl("linear_cross_entropy", _operator, "CPU")


@torch.library.register_fake("recurra::linear_cross_entropy", lib=_library)
def _fake(x, weight, bias, target, needs):  # type: ignore[no-untyped-def]
    arguments.require_one_device("linear_cross_entropy", x, weight, bias, target)
    loss = x.new_empty((), dtype=torch.promote_types(x.dtype, torch.float32))
    return loss, *gradient_room(x, weight, needs, Tensor.new_empty)


def _setup(ctx: Any, inputs: tuple[Any, ...], output: Results) -> None:
    ctx.save_for_backward(*inputs[:4], *output[1:])
    ctx.needs = inputs[4]
    ctx.mark_non_differentiable(*output[1:])
    ctx.set_materialize_grads(False)


def _operator_backward(ctx: Any, grad_loss: Tensor | None, *_: Tensor | None) -> tuple[Tensor | None, ...]:
    x, weight, bias, target, *grads = ctx.saved_tensors
    asked = list(ctx.needs_input_grad[:3])
    if grad_loss is None:
        return (None,) * 5
    if torch.is_grad_enabled() or any(a and not n for a, n in zip(asked, ctx.needs, strict=True)):
        with torch.enable_grad():
            return *_differentiable(asked, grad_loss, x, weight, bias, target), None, None
    scaled = (g * grad_loss.to(g.dtype) if needed else None for g, needed in zip(grads, asked, strict=True))
    return *scaled, None, None


torch.library.register_autograd("recurra::linear_cross_entropy", _operator_backward, setup_context=_setup, lib=_library)
