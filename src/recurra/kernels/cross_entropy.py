"""Linear layer, softmax and cross-entropy in one operation that never holds the logits of all rows at once."""

from typing import Any

import torch
from torch import Tensor

_CHUNK_ELEMENTS = 1 << 22  # logits alive at once: 16 MiB in float32


def linear_cross_entropy(x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor) -> Tensor:
    """Sum over all rows of -log softmax(x W' + b)[target], the loss of every model that predicts a symbol.

    The rows are taken in chunks, and where a gradient will be needed it is computed chunk by chunk in the forward pass,
    while the logits are at hand; so memory holds one chunk of logits instead of all of them, and nothing is computed
    twice. Differentiable once.

    Args:
        x: (..., H) features.
        weight: (V, H), one row a symbol.
        bias: (V,) or None.
        target: (...) symbol numbers, 0 <= target < V.

    Returns:
        The loss in nats, a scalar of float32 (float64 for float64 input).
    """
    if x.shape[:-1] != target.shape:
        raise ValueError(f"expected one target per row, shape {tuple(x.shape[:-1])}, got {tuple(target.shape)}")
    rows = x.reshape(-1, x.shape[-1])
    if torch.is_autocast_enabled(x.device.type):
        dtype = torch.get_autocast_dtype(x.device.type)
        rows, weight = rows.to(dtype), weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
    loss: Tensor = _LinearCrossEntropy.apply(rows, weight, bias, target.reshape(-1), torch.is_grad_enabled())
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, grad_enabled: bool) -> Tensor:
        total_dtype = torch.promote_types(x.dtype, torch.float32)
        # under no_grad, needs_input_grad still tells what the inputs require
        needs_x, needs_weight, needs_bias = (grad_enabled and needed for needed in ctx.needs_input_grad[:3])
        grad_x = torch.empty_like(x) if needs_x else None
        grad_weight = torch.zeros_like(weight, dtype=total_dtype) if needs_weight else None
        grad_bias = torch.zeros_like(bias, dtype=total_dtype) if bias is not None and needs_bias else None
        loss = torch.zeros((), dtype=total_dtype, device=x.device)
        chunk = max(1, _CHUNK_ELEMENTS // len(weight))
        for start in range(0, len(x), chunk):
            part = slice(start, start + chunk)
            log_p = torch.nn.functional.linear(x[part], weight, bias).to(total_dtype).log_softmax(-1)
            wanted = target[part].unsqueeze(-1)
            loss -= log_p.gather(-1, wanted).sum()
            if not any((needs_x, needs_weight, needs_bias)):
                continue
            grad_logits = log_p.exp_()
            grad_logits.scatter_add_(-1, wanted, torch.full_like(wanted, -1, dtype=total_dtype))
            if grad_bias is not None:
                grad_bias += grad_logits.sum(0)
            grad_logits = grad_logits.to(x.dtype)
            if grad_x is not None:
                torch.mm(grad_logits, weight, out=grad_x[part])
            if grad_weight is not None:
                grad_weight += grad_logits.T @ x[part]
        ctx.save_for_backward(*(g for g in (grad_x, grad_weight, grad_bias) if g is not None))
        ctx.present = [g is not None for g in (grad_x, grad_weight, grad_bias)]
        ctx.dtypes = x.dtype, weight.dtype, None if bias is None else bias.dtype
        return loss

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad_loss: Tensor) -> tuple[Tensor | None, ...]:
        saved = iter(ctx.saved_tensors)
        grads = [next(saved) if present else None for present in ctx.present]
        scaled = [
            None if g is None else (g * grad_loss.to(g.dtype)).to(d) for g, d in zip(grads, ctx.dtypes, strict=True)
        ]
        return *scaled, None, None
