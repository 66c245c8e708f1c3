"""One layer in one direction in plain torch: any cell, with layer normalisation, projection and zoneout."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import reference
from recurra.nn.cells import Cell

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
        return reference.unroll(self._advance, self._input_product(x), state, lengths, reverse, record)

    def step(self, x: Tensor, state: State) -> State:
        """Run one step over x (B, I); the new states by name, each (B, H)."""
        values = self._advance(self._input_product(x), state)
        return {name: values[name] for name in state}

    def _input_product(self, x: Tensor) -> Tensor:
        product = F.linear(x, self.weights[0])
        product = self.norms[0](product) if self.norms else product
        return product + self.weights[2] if self.bias else product

    def _advance(self, x: Tensor, state: State) -> dict[str, Tensor]:
        """Give all named values of a step, from its input product (B, G) and the states before it."""
        product = F.linear(state["h"], self.weights[1])
        product = self.norms[1](product) if self.norms else product
        product = product + self.weights[3] if self.bias else product
        gates, size = self.cell.gates, self.cell.hidden_size
        by_gate = (dict(zip(gates, p.split(size, -1), strict=True)) for p in (x, product))
        values: dict[str, Tensor] = self.cell(*by_gate, state)
        if self.project:
            values["h"] = F.linear(values["h"], self.weights[-1])
        for name, p in self.zoneout.items():
            if p and self.training:
                keep = torch.empty_like(state[name]).bernoulli_(p).bool()
                values[name] = torch.where(keep, state[name], values[name])
            elif p:
                values[name] = p * state[name] + (1 - p) * values[name]
        return values
