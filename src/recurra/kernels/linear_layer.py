"""The linear layer on the compiled kernels, as an operation that PyTorch knows.

`torch.ops.recurra.linear` is what torch.compile and torch.export see; eager code calls the same two functions without
the dispatcher.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import arguments, compiled

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
    with its errors for what does not fit together. Differentiable as often as asked for.

    Args:
        x: (..., I).
        weight: (O, I).
        bias: (O,) or None.

    Returns:
        (..., O).
    """
    if not _suits(x, weight, bias) or not compiled.serves(x, weight, *([] if bias is None else [bias])):
        if has_many_rows(x) and not compiled.traced(x) and not compiled.transformed() and _fits(x, weight, bias):
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
    return _forward(x, weight, bias)


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


def _is_worth_a_call(numbers: int, inputs: int, outputs: int) -> bool:
    """Whether sizes are not those for which PyTorch's product is the faster one everywhere.

    It is up to 6 times faster with fewer than 4 inputs, and 1.6 times (backward) with one output.
    """
    return numbers * outputs >= _WORTH_A_CALL and inputs >= 4 and outputs >= 2


def _suits(x: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    """Whether the shapes fit together, and the kernel is the faster way."""
    return weight.dim() == 2 and gains(x.numel(), weight.shape[1], weight.shape[0]) and _fits(x, weight, bias)


def _fits(x: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    """Whether the shapes fit together and nothing is empty."""
    return (
        weight.dim() == 2
        and x.dim() >= 1
        and x.shape[-1] == weight.shape[1]
        and (bias is None or bias.shape == weight.shape[:1])
        and x.numel() > 0
        and weight.numel() > 0
    )


# --- what the kernels are called with ---------------------------------------------------------------------------------


def _sizes(x: Tensor, weight: Tensor) -> list[int]:
    """Rows, I, O."""
    return [x.numel() // x.shape[-1], x.shape[-1], weight.shape[0]]


def _forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if not _fits(x, weight, bias):  # a kernel would read beyond a tensor
        return F.linear(x, weight, bias)
    x, weight, bias = x.contiguous(), weight.contiguous(), None if bias is None else bias.contiguous()
    y = x.new_empty((*x.shape[:-1], weight.shape[0]))
    compiled.extension().linear(
        _sizes(x, weight), compiled.data_pointers([x, weight, bias, y]), torch.get_num_threads()
    )
    return y


def gradient_room(
    x: Tensor, weight: Tensor, needs: Sequence[bool], empty: Callable[..., Tensor] = compiled.pooled_empty
) -> tuple[Tensor, Tensor, Tensor]:
    """Room for the gradients of x, weight and bias; nothing where `needs` says that one is not wanted."""
    grad_x = empty(x, *x.shape) if needs[0] else x.new_empty(0)
    shapes = [weight.shape, weight.shape[:1]]
    grad_weight, grad_bias = (x.new_empty(s if n else 0) for s, n in zip(shapes, needs[1:], strict=True))
    return grad_x, grad_weight, grad_bias


def _backward(grad_y: Tensor, x: Tensor, weight: Tensor, needs: Sequence[bool]) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of x, weight and bias."""
    if grad_y.shape != (*x.shape[:-1], weight.shape[0]):
        raise ValueError(f"gradient: expected shape {(*x.shape[:-1], weight.shape[0])}, got {tuple(grad_y.shape)}")
    grad_y, x, weight = compiled.in_memory(grad_y), x.contiguous(), weight.contiguous()
    room = gradient_room(x, weight, needs)
    wanted = [g if needed else None for g, needed in zip(room, needs, strict=True)]
    compiled.extension().linear_backward(
        _sizes(x, weight), compiled.data_pointers([x, weight, None, grad_y, *wanted]), torch.get_num_threads()
    )
    return room


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
        return _in_plain_torch(grad_y, x, weight, needs)
    run: Any = torch.ops.recurra.linear_backward if compiled.traced(grad_y) else _backward
    return tuple(g if needed else None for g, needed in zip(run(grad_y, x, weight, needs), needs, strict=True))


def _gradients(ctx: Any, grad_y: Tensor) -> tuple[Tensor | None, ...]:
    """Gradients of x, weight and bias, None for those that are not wanted."""
    x, weight = ctx.saved_tensors
    return gradients(grad_y, x, weight, list(ctx.needs_input_grad))


def _in_plain_torch(grad_y: Tensor, x: Tensor, weight: Tensor, needs: Sequence[bool]) -> tuple[Tensor | None, ...]:
    rows = grad_y.reshape(-1, weight.shape[0])
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
    whole = torch.bmm(a[:split].view(blocks, -1, a.shape[1]).mT, b[:split].view(blocks, -1, b.shape[1]))
    rest = a[split:].T @ b[split:]
    return (whole.sum(0, dtype=torch.float64) + rest).to(a.dtype)


class _LinearOfManyRows(torch.autograd.Function):
    """PyTorch's own product, with gradients that keep their digits."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        return _in_plain_torch(grad_y, x, weight, list(ctx.needs_input_grad))


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _forward(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        return _gradients(ctx, grad_y)


# --- as PyTorch sees it -----------------------------------------------------------------------------------------------

_library = torch.library.Library("recurra", "FRAGMENT")
_library.define("linear(Tensor x, Tensor weight, Tensor? bias) -> Tensor")
_library.define("linear_backward(Tensor grad_y, Tensor x, Tensor weight, bool[] needs) -> (Tensor, Tensor, Tensor)")


def _operator_forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    served = arguments.is_served("linear", {"x": x, "weight": weight, "bias": bias})
    return _forward(x, weight, bias) if served else F.linear(x, weight, bias).contiguous()


def _operator_backward(grad_y: Tensor, x: Tensor, weight: Tensor, needs: list[bool]) -> tuple[Tensor, Tensor, Tensor]:
    operation = "linear_backward"
    served = arguments.is_served(operation, {"x": x, "weight": weight, "grad_y": grad_y})
    arguments.require_count(operation, "needs", needs, 3)
    if weight.dim() != 2 or x.dim() < 1 or x.shape[-1] != weight.shape[1]:
        shapes = f"{tuple(x.shape)} and {tuple(weight.shape)}"
        raise ValueError(f"{operation}: expected x (..., I) and weight (O, I), got {shapes}")
    arguments.require_shape(operation, "grad_y", grad_y, (*x.shape[:-1], len(weight)))
    if served and _fits(x, weight, None):
        return _backward(grad_y, x, weight, needs)
    grads = _in_plain_torch(grad_y, x, weight, needs)
    room = gradient_room(x, weight, needs)
    return tuple(there if grad is None else grad.contiguous() for grad, there in zip(grads, room, strict=True))  # type: ignore[return-value]


_library.impl("linear", _operator_forward, "CPU")
_library.impl("linear_backward", _operator_backward, "CPU")


@torch.library.register_fake("recurra::linear", lib=_library)
def _fake_forward(x, weight, bias):  # type: ignore[no-untyped-def]
    arguments.require_one_device("linear", x, weight, bias)
    return x.new_empty((*x.shape[:-1], weight.shape[0]))


@torch.library.register_fake("recurra::linear_backward", lib=_library)
def _fake_backward(grad_y, x, weight, needs):  # type: ignore[no-untyped-def]
    arguments.require_one_device("linear_backward", grad_y, x, weight)
    return gradient_room(x, weight, needs, Tensor.new_empty)


def _setup(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.save_for_backward(*inputs[:2])


torch.library.register_autograd("recurra::linear", _gradients, setup_context=_setup, lib=_library)
