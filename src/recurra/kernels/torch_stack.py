"""What `compiled_stack` does, in plain torch."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from recurra.kernels import reduced_torch
from recurra.kernels.compiled_stack import State
from recurra.kernels.fused_cells import FusedCell


class _Products(NamedTuple):
    """Weights of one layer, transposed, so that a vector times them runs along memory.

    product: (I + H, G H), over input and state side by side, where the equations read the two products' sum; else
        (I, G H), over the input alone. bias: its bias, 0 where there is none.
    recurrent, recurrent_bias: (H, G H) and (G H,), where the equations read the two products apart.
    """

    product: Tensor
    bias: Tensor
    recurrent: Tensor | None = None
    recurrent_bias: Tensor | None = None


class TorchStack:
    """Weights of a stack for steps, of every type and device."""

    dtype: torch.dtype | None = None  # that of the weights
    is_batch_invariant = False

    def __init__(self, cell: FusedCell, layers: Sequence[Sequence[Tensor]], residual: bool):
        self.cell, self.residual = cell, residual
        self._layers = [self._packed(weights) for weights in layers]

    def try_fast_step(self, x: Tensor, state: State | None) -> None:
        """Offer no shorter way."""

    def step(self, x: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run one step of all layers: x (B, I), states (L, B, H) each; returns the output and the new states."""
        finals = []
        for index, products in enumerate(self._layers):
            new = self._layer_step(x, tuple(part[index] for part in states), products)
            finals.append(new)
            x = new[0] + x if self.residual and new[0].shape == x.shape else new[0]
        return x, tuple(torch.stack(parts) for parts in zip(*finals, strict=True))

    def _packed(self, weights: Sequence[Tensor]) -> Any:
        return _products(self.cell, weights)

    def _layer_step(self, x: Tensor, states: tuple[Tensor, ...], products: Any) -> tuple[Tensor, ...]:
        return _step(self.cell, x, states, products)


class ReducedTorchStack(TorchStack):
    """Weights of fewer bits: in int8 to the bits of the compiled kernels."""

    def __init__(self, cell: FusedCell, layers: Sequence[Sequence[Tensor]], residual: bool, dtype: torch.dtype):
        self.dtype, self.is_batch_invariant = dtype, dtype is torch.int8
        super().__init__(cell, layers, residual)

    def sequence(
        self, rows: Tensor, sizes: Tensor, states: Sequence[Tensor], backwards: bool = False
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """As of `CompiledStack.sequence`, step by step."""
        steps, after = list(rows.split(sizes.tolist())), tuple(states)
        outputs = steps.copy()
        for t in reversed(range(len(steps))) if backwards else range(len(steps)):
            size = len(steps[t])
            outputs[t], new = self.step(steps[t], [part[:, :size] for part in after])
            # the others have ended, or not begun
            after = tuple(torch.cat([some, part[:, size:]], 1) for some, part in zip(new, after, strict=True))
        return torch.cat(outputs) if outputs else rows.new_empty((0, states[0].shape[-1])), after

    def _packed(self, weights: Sequence[Tensor]) -> Any:
        assert self.dtype is not None
        return reduced_torch.Layer(weights, self.dtype)

    def _layer_step(self, x: Tensor, states: tuple[Tensor, ...], products: Any) -> tuple[Tensor, ...]:
        return reduced_torch.step(self.cell, x, states, products)


def _products(cell: FusedCell, weights: Sequence[Tensor]) -> _Products:
    w_ih, w_hh, *biases = (weight.detach() for weight in weights)
    b_ih, b_hh = biases or (w_ih.new_zeros(len(w_ih)),) * 2
    if cell.sums_products:
        return _Products(torch.cat([w_ih, w_hh], 1).T.contiguous(), b_ih + b_hh)
    return _Products(w_ih.T.contiguous(), b_ih.clone(), w_hh.T.contiguous(), b_hh.clone())


def _step(cell: FusedCell, x: Tensor, states: tuple[Tensor, ...], products: _Products) -> tuple[Tensor, ...]:
    h = states[0]
    if products.recurrent is None:
        sums = torch.addmm(products.bias, torch.cat([x, h], 1), products.product).chunk(cell.gates, -1)
        return cell.equations(sums, [h.new_zeros(())] * cell.gates, states)
    assert products.recurrent_bias is not None
    of_input = torch.addmm(products.bias, x, products.product).chunk(cell.gates, -1)
    of_state = torch.addmm(products.recurrent_bias, h, products.recurrent).chunk(cell.gates, -1)
    return cell.equations(of_input, of_state, states)
