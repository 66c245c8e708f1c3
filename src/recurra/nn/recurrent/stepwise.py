"""A layer that runs stepwise: one loop over time in plain torch, for any cell, with layer norm, zoneout and `trace`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import linear, reference
from recurra.kernels.deferred_linear import DeferredLinear
from recurra.nn import layout
from recurra.nn.cells import Cell
from recurra.nn.generators import generator_for
from recurra.nn.layout import Batch
from recurra.nn.recurrent import checkpointing
from recurra.nn.recurrent.weights import RecurrentWeights

States = dict[str, Tensor]  # by name, each (B, ...)
Trace = dict[str, Tensor]  # named values of all steps, each (T, B, ...)


def run_layer(
    stack: RecurrentWeights, number: int, batch: Batch, states: list[Tensor], trace: Trace | None = None
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer, in all directions, over padded sequences.

    Args:
        stack: that the layer is part of.
        number: of the layer, from 0.
        batch: its input, padded: x is (T, B, F).
        states: of all layers, each (L D, B, ...).
        trace: where given, receives every named value of every step.

    Returns:
        Outputs (T, B, D H), and the layer's final states, each (D, B, ...).
    """
    outputs, finals = [], []
    for direction in range(stack.num_directions):
        index = number * stack.num_directions + direction
        state = {name: part[index] for name, part in zip(stack.state_names, states, strict=True)}
        output, final = _run_direction(stack, index, batch, state, trace)
        outputs.append(output)
        finals.append(final)
    by_state = [torch.stack([final[name] for final in finals]) for name in stack.state_names]
    return torch.cat(outputs, -1), tuple(by_state)


def _run_direction(
    stack: RecurrentWeights, index: int, batch: Batch, state: States, trace: Trace | None
) -> tuple[Tensor, States]:
    weights = stack._weights_in_use(index)
    layout.require_type("input", [batch.x], weights[0], "the weights are")
    reverse = index % stack.num_directions == 1
    steps: reference.Record | None = None if trace is None else {}
    run = partial(direction_of(stack, index, weights, stack.training).run, reverse=reverse, record=steps)
    if stack.checkpoint_every and torch.is_grad_enabled() and trace is None:
        return checkpointing.padded(run, batch.x, state, batch.lengths, stack.checkpoint_every, reverse)
    output, final = run(batch.x, state, batch.lengths)
    for name, values in (steps or {}).items():
        assert trace is not None
        trace[name + stack._suffixes[index]] = torch.stack(values)  # (T, B, ...)
    return output, final


def run_step(
    stack: RecurrentWeights, index: int, x: Tensor, states: tuple[Tensor, ...], weights: list[Tensor]
) -> tuple[Tensor, ...]:
    """Run one step of one layer over x (B, F) and states (B, ...); the new states. Nothing is dropped at random."""
    named = dict(zip(stack.state_names, states, strict=True))
    return tuple(direction_of(stack, index, weights, training=False).step(x, named).values())


def direction_of(stack: RecurrentWeights, index: int, weights: list[Tensor], training: bool) -> "StepwiseDirection":
    """One layer and direction of a stack, by its place among all of them."""
    norms = None
    if stack.layer_norm:
        suffix = stack._suffixes[index]
        norms = stack.get_submodule("norm_ih" + suffix), stack.get_submodule("norm_hh" + suffix)
    return StepwiseDirection(
        cell=stack._cell(index),
        weights=weights,
        bias=stack.bias,
        project=bool(stack.proj_size),
        norms=norms,
        zoneout=stack.zoneout,
        training=training,
    )


@dataclass
class StepwiseDirection:
    """One layer in one direction: the equations of a step, around the products with the weights.

    Attributes:
        cell: the equations.
        weights: w_ih, w_hh[, b_ih, b_hh][, w_hr].
        bias: whether `weights` holds the two biases.
        project: whether it ends with a projection of h.
        norms: of the input product and of the recurrent product, or None.
        zoneout: by state, the probability of keeping it.
        training: whether zoneout is drawn; else states are mixed in its proportion.
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
        state: States,
        lengths: Tensor | None,
        reverse: bool = False,
        record: reference.Record | None = None,
    ) -> tuple[Tensor, States]:
        """Run over x (T, B, I); arguments and results as of `reference.unroll`."""
        recurrent_product = DeferredLinear(self.weights[1], self._bias_of_product(3), len(x))
        advance = partial(self._advance, recurrent_product)
        return reference.unroll(advance, self._input_product(x), state, lengths, reverse, record)

    def step(self, x: Tensor, state: States) -> States:
        """Run one step over x (B, I); the new states by name."""
        recurrent_product = partial(linear, weight=self.weights[1], bias=self._bias_of_product(3))
        values = self._advance(recurrent_product, self._input_product(x), state)
        return {name: values[name] for name in state}

    def _bias_of_product(self, index: int) -> Tensor | None:
        """A bias that the product itself adds; none where a norm comes between."""
        return self.weights[index] if self.bias and not self.norms else None

    def _input_product(self, x: Tensor) -> Tensor:
        return self._normalized(0, linear(x, self.weights[0], self._bias_of_product(2)))

    def _normalized(self, which: int, product: Tensor) -> Tensor:
        if not self.norms:
            return product
        normal: Tensor = self.norms[which](product)
        return normal + self.weights[2 + which] if self.bias else normal

    def _advance(self, recurrent_product: Callable[[Tensor], Tensor], x: Tensor, state: States) -> dict[str, Tensor]:
        """Give all named values of a step, from its input product (B, G) and the states before it."""
        u = self._normalized(1, recurrent_product(state["h"]))  # (B, G)
        sizes = self.cell.gate_sizes()
        widths = list(sizes.values())
        x_by_gate = dict(zip(sizes, x.split(widths, -1), strict=True))
        u_by_gate = dict(zip(sizes, u.split(widths, -1), strict=True))
        values: dict[str, Tensor] = self.cell(x_by_gate, u_by_gate, state)
        if self.project:
            values["h"] = F.linear(values["h"], self.weights[-1])  # (B, P)
        for name, p in self.zoneout.items():
            if p:
                values[name] = self._zoned_out(state[name], values[name], p)
        return values

    def _zoned_out(self, before: Tensor, after: Tensor, p: float) -> Tensor:
        """A state of which each number stays with probability p; outside training its expectation."""
        if not self.training:
            return p * before + (1 - p) * after
        stays = torch.empty_like(before).bernoulli_(p, generator=generator_for(before)).bool()
        return torch.where(stays, before, after)
