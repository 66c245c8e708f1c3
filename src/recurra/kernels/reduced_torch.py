"""Products and steps over weights of fewer bits in plain torch, as csrc/int8_product.h and bf16_product.h have them.

int8: each row of a weight matrix has a scale, its largest number over 127, and so has each row of activations, which is
quantised when it is read; products are summed in int32. Everything else is float32 in a fixed order of operations that
IEEE 754 rounds in one way, gates included, so that results are to the bit those of the compiled kernels on any
processor. Sources: Alvarez, Prabhavalkar and Bakhtin, 2016, "On the efficient representation and execution of deep
acoustic models"; Jacob et al., 2018, "Quantization and training of neural networks for efficient
integer-arithmetic-only inference".

bfloat16: weights and activations are rounded to bfloat16, and their products, which are exact in float32, summed in
float32; in which order is torch's choice here.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from recurra.kernels.fused_cells import FusedCell

_LEAST = 1e-30  # a row of smaller numbers is one of zeros
_LEAST_BF16 = 2.0**-60
_ROUNDING = 12582912.0  # 1.5 * 2^23: adding it rounds to a whole number


class Linear:
    """A linear layer over weights of fewer bits.

    Args:
        weight: (O, I).
        bias: (O,) or None.
        dtype: torch.int8 or torch.bfloat16.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype):
        self.product = Product(weight, dtype)
        self.bias = None if bias is None else bias.detach().float().clone()

    def __call__(self, x: Tensor) -> Tensor:
        """Return x W' + b, (N, O), of x (N, I)."""
        y = self.product(x)
        return y if self.bias is None else y + self.bias


class Product:
    """A weight matrix (O, I) of fewer bits, and the product of rows (N, I) with it, (N, O)."""

    def __init__(self, weight: Tensor, dtype: torch.dtype):
        self.dtype = dtype
        weight = weight.detach().float()
        if dtype is torch.int8:
            self._weight, self._scale = _quantised(weight)
        else:
            self._weight = _rounded(weight)

    def __call__(self, x: Tensor) -> Tensor:
        """Multiply rows."""
        if self.dtype is not torch.int8:
            return F.linear(_rounded(x), self._weight)
        whole, scale = _quantised(x)
        return (whole @ self._weight.T).to(x.dtype) * (scale.unsqueeze(-1) * self._scale)  # whole numbers below 2^53


class Layer:
    """The weights of one layer, w_ih, w_hh[, b_ih, b_hh], packed."""

    def __init__(self, weights: Sequence[Tensor], dtype: torch.dtype):
        w_ih, w_hh, *biases = weights
        self.of_input, self.of_state = Product(w_ih, dtype), Product(w_hh, dtype)
        zeros = w_ih.new_zeros(len(w_ih))
        self.b_ih, self.b_hh = (bias.detach().clone() for bias in biases or (zeros, zeros))


def step(cell: FusedCell, x: Tensor, states: tuple[Tensor, ...], layer: Layer) -> tuple[Tensor, ...]:
    """One step of one layer: x (B, I), states (B, H) each; the new states."""
    of_input, of_state = layer.of_input(x), layer.of_state(states[0])
    if cell.sums_products:
        of_input, of_state = of_input + of_state + (layer.b_ih + layer.b_hh), torch.zeros_like(of_state)
        return _equations(cell, of_input, of_state, states)
    # of all gates but the last the two products are summed, as there
    sums = of_input + of_state + (layer.b_ih + layer.b_hh)
    last = slice((cell.gates - 1) * len(layer.b_ih) // cell.gates, None)
    apart = torch.zeros_like(of_state)
    apart[:, last] = of_state[:, last] + layer.b_hh[last]
    sums[:, last] = of_input[:, last] + layer.b_ih[last]
    return _equations(cell, sums, apart, states)


def _equations(cell: FusedCell, x: Tensor, u: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    with _FixedFunctions():
        return cell.equations(x.chunk(cell.gates, -1), u.chunk(cell.gates, -1), states)


def draw(scores: Tensor, shares: Sequence[float]) -> list[int]:
    """Draw a symbol of each row; as of `drawing.draw`."""
    weights = exp_up_to_89(scores - scores.amax(-1, keepdim=True))
    cumulative = weights.double().cumsum(-1)  # (B, V)
    total = cumulative[:, -1:]
    target = total * torch.tensor(shares, dtype=torch.float64, device=total.device).unsqueeze(-1)
    below = target.minimum(torch.nextafter(total, torch.zeros_like(total)))
    symbols: list[int] = torch.searchsorted(cumulative, below, right=True).squeeze(-1).tolist()
    return symbols


# --- numbers of fewer bits --------------------------------------------------------------------------------------------


def _quantised(x: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (N, K) as whole numbers from -127 to 127, in float64, and the scale of each row (N,)."""
    largest = x.abs().amax(-1)
    limit = torch.full_like(largest, 127.0)
    is_zero, is_finite = largest < _LEAST, largest.isfinite()
    zeros = torch.zeros_like(largest)
    scale = (largest / limit).where(~is_zero, zeros).where(is_finite, torch.full_like(largest, torch.nan))
    inverse = (limit / largest).where(~is_zero & is_finite, zeros).unsqueeze(-1)
    whole = (x * inverse + _ROUNDING) - _ROUNDING
    return whole.where(inverse != 0, torch.zeros_like(whole)).double(), scale


def _rounded(x: Tensor) -> Tensor:
    """The nearest bfloat16 numbers, in float32; small ones are 0."""
    return x.where(~(x.abs() < _LEAST_BF16), torch.zeros_like(x)).bfloat16().float()


# --- the functions of the cells, as in csrc/vector.h ------------------------------------------------------------------


def exp_up_to_89(x: Tensor) -> Tensor:
    """e^x for x up to 89."""
    x = x.clamp(min=-104.0)
    shifted = x * 1.44269504 + _ROUNDING
    whole = shifted - _ROUNDING
    f = x - whole * 0.693359375
    f = f - whole * -2.12194440e-4
    p = torch.full_like(x, 1.9875691500e-4)
    for factor in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1):
        p = p * f + factor
    p = p * f * f + f + 1.0
    n = whole.nan_to_num().int()
    half = n >> 1
    return p * _power_of_two(half) * _power_of_two(n - half)


def _power_of_two(n: Tensor) -> Tensor:
    return ((n + 127) << 23).view(torch.float32)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + e^-x)."""
    e = exp_up_to_89(-x.abs())
    return e.where(x < 0, torch.ones_like(e)) / (1.0 + e)


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    y = x.clamp(-9.01, 9.01)
    s = y * y
    p = torch.full_like(x, 1.509681802e-08)
    for factor in (2.181103991e-05, 3.566932399e-03, 1.344068050e-01, 1.0):
        p = p * s + factor
    q = torch.full_like(x, 8.471843671e-07)
    for factor in (3.403390001e-04, 2.614705078e-02, 4.677400887e-01, 1.0):
        q = q * s + factor
    return (y * p / q).clamp(-1.0, 1.0)


_FIXED: dict[Any, Callable[[Tensor], Tensor]] = {torch.sigmoid: sigmoid, torch.tanh: tanh}


class _FixedFunctions(TorchFunctionMode):
    """Lets the equations of cells call the functions above, which round in one way everywhere."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _FIXED.get(func, func)(*args, **(kwargs or {}))
