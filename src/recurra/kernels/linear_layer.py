"""The linear layer by the fastest way to it: the compiled kernels, or PyTorch's own product; and its gradients.

`torch.ops.recurra.linear` (linear_operator.py) is what torch.compile and torch.export see; eager code calls the same
two functions (linear_kernel.py) without the dispatcher.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import batch_invariance, compiled, linear_kernel, reduced_precision
from recurra.kernels.autograd_function import Context, Function

_WORTH_A_CALL = 1 << 19  # multiply-adds: what takes PyTorch 15 microseconds is not worth the 6 of a call from Python
MANY_ROWS = 1 << 14  # from which on PyTorch's sums over rows are cut into shorter ones:
_ROWS_AT_ONCE, _FEW_NUMBERS = (128, 2048), 1024  # of a gradient of no more numbers than that, and of larger ones,
_NUMBERS_AT_ONCE = 1 << 22  # so many together
_LARGE, _FEW_ROWS = 1 << 20, range(4, 17)
"""MKL on processors of its maker is as fast as the kernels or faster, but for a few rows and a weight of so many
numbers, which no cache holds: the kernel reads it once for all rows and is up to 2 times faster. In gradients MKL is
always the faster one (benchmarks/small_layers.py)."""


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return x W' + b, as torch.nn.functional.linear does.

    Runs on the compiled kernels where they serve (`compiled.serves`) and are faster, else on PyTorch's own function,
    with its errors for what does not fit together. Differentiable as often as asked for. Within
    `torch.autocast("cpu", torch.bfloat16)` the result is of bfloat16, as PyTorch's is.

    Args:
        x: (..., I).
        weight: (O, I).
        bias: (O,) or None.

    Returns:
        (..., O).
    """
    precision = reduced_precision.active()
    if precision is not None:
        return reduced_precision.linear(precision, x, weight, bias)
    if (
        gains_in_bf16(x.numel(), weight.shape[-1], weight.shape[0])
        and compiled.serves_in_bf16(x, weight, *([] if bias is None else [bias]))
        and linear_kernel.fits(x, weight, bias)
        and not compiled.traced(x)
    ):
        rounded: Tensor = _LinearInBf16.apply(x.float(), weight.float(), None if bias is None else bias.float())
        return rounded.bfloat16()
    if (
        batch_invariance.is_invariant()
        and compiled.serves(x, weight, *([] if bias is None else [bias]))
        and linear_kernel.fits(x, weight, bias)
    ):
        return batch_invariance.linear(x, weight, bias)
    if not _suits(x, weight, bias) or not compiled.serves(x, weight, *([] if bias is None else [bias])):
        if (
            has_many_rows(x)
            and not compiled.traced(x)
            and not compiled.transformed()
            and linear_kernel.fits(x, weight, bias)
        ):
            exact: Tensor = _LinearOfManyRows.apply(x, weight, bias)
            return exact
        return F.linear(x, weight, bias)
    if compiled.traced(x):
        traced: Tensor = torch.ops.recurra.linear(x, weight, bias)
        return traced
    if torch.is_grad_enabled() and (
        x.requires_grad or weight.requires_grad or (bias is not None and bias.requires_grad)
    ):
        y: Tensor = _Linear.apply(x, weight, bias)
        return y
    return linear_kernel.forward(x, weight, bias)


def has_many_rows(x: Tensor) -> bool:
    """Whether gradients of the weights are asked for that are sums over so many rows that PyTorch's lose digits."""
    return (
        x.numel() >= MANY_ROWS * x.shape[-1]
        and torch.is_grad_enabled()
        and x.dtype is torch.float32
        and not torch.is_autocast_enabled(x.device.type)
    )


def gains(numbers: int, inputs: int, outputs: int) -> bool:
    """Whether the kernel is the faster way for so many numbers in rows of `inputs`."""
    if not _is_worth_a_call(numbers, inputs, outputs):
        return False
    return not compiled.has_mkl_at_home() or (inputs * outputs >= _LARGE and numbers // inputs in _FEW_ROWS)


def gains_in_bf16(numbers: int, inputs: int, outputs: int) -> bool:
    """Whether products of bfloat16 are asked for that the kernel multiplies faster.

    It does where the processor has no instructions for them: oneDNN is several times slower there than in float32.
    """
    return compiled.is_bf16_asked() and not compiled.multiplies_bf16() and _is_worth_a_call(numbers, inputs, outputs)


def _is_worth_a_call(numbers: int, inputs: int, outputs: int) -> bool:
    """Whether sizes are not those for which PyTorch's product is the faster one everywhere.

    It is up to 6 times faster with fewer than 4 inputs, and 1.6 times (backward) with one output.
    """
    return numbers * outputs >= _WORTH_A_CALL and inputs >= 4 and outputs >= 2


def _suits(x: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    """Whether the shapes fit together, and the kernel is the faster way."""
    if weight.dim() != 2 or not gains(x.numel(), weight.shape[1], weight.shape[0]):
        return False
    return linear_kernel.fits(x, weight, bias)


# --- gradients --------------------------------------------------------------------------------------------------------


def gradients(grad_y: Tensor, x: Tensor, weight: Tensor, needs: Sequence[bool]) -> tuple[Tensor | None, ...]:
    """Gradients of x, weight and bias from that of y, None for those that are not wanted.

    Differentiable again where gradients are enabled; the kernels run where they are faster.
    """
    # one row is an outer product, which PyTorch writes up to 4 times faster; and plain operations are what can be
    # differentiated again, or mapped over a batch of gradients
    plain = torch.is_grad_enabled() or x.numel() == x.shape[-1] or compiled.transformed(grad_y)
    plain = plain or compiled.has_mkl_at_home() or not _is_worth_a_call(x.numel(), x.shape[-1], len(weight))
    if plain or not compiled.serves(grad_y, x, weight):
        return gradients_in_plain_torch(grad_y, x, weight, needs)
    run = torch.ops.recurra.linear_backward if compiled.traced(grad_y) else linear_kernel.backward
    grads = run(grad_y, x, weight, needs)
    return tuple(grad if needed else None for grad, needed in zip(grads, needs, strict=True))


def gradients_in_plain_torch(
    grad_y: Tensor, x: Tensor, weight: Tensor, needs: Sequence[bool]
) -> tuple[Tensor | None, ...]:
    """The same by PyTorch's own products, whatever the type and device."""
    rows = grad_y.reshape(-1, weight.shape[0])  # (N, O)
    return (
        grad_y @ weight if needs[0] else None,
        _sum_of_products(rows, x.reshape(-1, x.shape[-1])) if needs[1] else None,
        rows.sum(0) if needs[2] else None,
    )


def _sum_of_products(a: Tensor, b: Tensor) -> Tensor:
    """a' b over all rows, (N, O) and (N, I); where these are very many, some at a time, and the sums in float64.

    PyTorch's product adds up in float32, by which 1,000,000 rows of one output lose all but two digits.
    """
    if len(a) < MANY_ROWS or a.dtype is not torch.float32 or a.device.type == "mps":
        return a.T @ b
    numbers = a.shape[1] * b.shape[1]
    at_once = max(_ROWS_AT_ONCE[numbers > _FEW_NUMBERS], len(a) * numbers // _NUMBERS_AT_ONCE)
    blocks = len(a) // at_once
    split = blocks * at_once
    a_blocks = a[:split].view(blocks, -1, a.shape[1])  # (blocks, at_once, O)
    b_blocks = b[:split].view(blocks, -1, b.shape[1])  # (blocks, at_once, I)
    products = torch.bmm(a_blocks.mT, b_blocks)  # (blocks, O, I)
    rest = a[split:].T @ b[split:]
    return (products.sum(0, dtype=torch.float64) + rest).to(a.dtype)


class _LinearOfManyRows(Function):
    """PyTorch's own product, with gradients that keep their digits."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        return gradients_in_plain_torch(grad_y, x, weight, ctx.needs_input_grad)


class _Linear(Function):
    """The product on the kernel."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return linear_kernel.forward(x, weight, bias)

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        return gradients(grad_y, x, weight, ctx.needs_input_grad)


class _LinearInBf16(Function):
    """The product of float32 numbers on the kernel, rounded to bfloat16 before; sums and results are float32."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return linear_kernel.forward(x, weight, bias, bf16=True)

    @staticmethod
    def backward(ctx: Context, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        needs = ctx.needs_input_grad
        if torch.is_grad_enabled() or compiled.transformed(grad_y) or compiled.traced(grad_y):
            return gradients_in_plain_torch(grad_y, x, weight, needs)
        grads = linear_kernel.backward(grad_y, x, weight, needs, bf16=True)
        return tuple(grad if needed else None for grad, needed in zip(grads, needs, strict=True))
