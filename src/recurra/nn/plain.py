"""One layer in one direction in plain torch: any cell, with layer normalisation, projection and zoneout."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import linear, reference
from recurra.kernels.deferred_linear import DeferredLinear
from recurra.nn.cells import Cell
from recurra.nn.generators import generator_for

State = dict[str, Tensor]


@dataclass
class PlainLayer:
    """The equations of a step, around the products with the weights.

    weights: w_ih, w_hh[, b_ih, b_hh][, w_hr]. norms: of the input product and of the recurrent product, or None.
    zoneout: by state, the probability of keeping it; drawn when `training`, else states are mixed in that proportion.
    """

    cell: Cell
    weights: list[Tensor]
    bias: bool
    project: bool
    norms: tuple[nn.Module, nn.Module] | None
    zoneout: dict[str, float]
    training: bool

    def run(
        self,
        x: Tensor,
        state: State,
        lengths: Tensor | None,
        reverse: bool = False,
        record: reference.Record | None = None,
    ) -> tuple[Tensor, State]:
        """Run over x (T, B, I); arguments and results as of `reference.unroll`."""
        advance = partial(self._advance, DeferredLinear(self.weights[1], self._bias_inside(3), len(x)))
        return reference.unroll(advance, self._input_product(x), state, lengths, reverse, record)

    def step(self, x: Tensor, state: State) -> State:
        """Run one step over x (B, I); the new states by name, each (B, H)."""
        recurrent = partial(linear, weight=self.weights[1], bias=self._bias_inside(3))
        values = self._advance(recurrent, self._input_product(x), state)
        return {name: values[name] for name in state}

    def _bias_inside(self, index: int) -> Tensor | None:
        """A bias that the product itself adds; none where a norm comes between."""
        return self.weights[index] if self.bias and not self.norms else None

    def _input_product(self, x: Tensor) -> Tensor:
        return self._normal(0, linear(x, self.weights[0], self._bias_inside(2)))

    def _normal(self, which: int, product: Tensor) -> Tensor:
        if not self.norms:
            return product
        normal: Tensor = self.norms[which](product)
        return normal + self.weights[2 + which] if self.bias else normal

    def _advance(self, recurrent: Callable[[Tensor], Tensor], x: Tensor, state: State) -> dict[str, Tensor]:
        """Give all named values of a step, from its input product (B, G) and the states before it."""
        product = self._normal(1, recurrent(state["h"]))
        gates, size = self.cell.gates, self.cell.hidden_size
        by_gate = (dict(zip(gates, p.split(size, -1), strict=True)) for p in (x, product))
        values: dict[str, Tensor] = self.cell(*by_gate, state)
        if self.project:
            values["h"] = F.linear(values["h"], self.weights[-1])
        for name, p in self.zoneout.items():
            if p and self.training:
                keep = torch.empty_like(state[name]).bernoulli_(p, generator=generator_for(state[name])).bool()
                values[name] = torch.where(keep, state[name], values[name])
            elif p:
                values[name] = p * state[name] + (1 - p) * values[name]
        return values
