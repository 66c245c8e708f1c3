"""The equations of a cell on all steps of a sequence at once, where its outputs are known, and their derivatives.

For cells whose equations mix no units but by the recurrent product: their derivatives are numbers, unit by unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.explain.unrolled.walk import before_each_step
from recurra.nn.cells import Cell, LSTMCell

ByGate = dict[str, Tensor]

_CHUNK = 1 << 17  # numbers of products that are worked on at once: they stay in a processor's cache


@dataclass(eq=False)
class Derivatives:
    """Of the equations, unit by unit at some steps, each by the name of the state after the step.

    Attributes:
        by_input, by_recurrent: by the input product and by the recurrent product of each gate by name, (T, B, H); a
            gate that is not read has no entry.
        by_state: by the state before the step of each name, (T, B, H); likewise.
        h_by_memory: of h by the other states after the same step, (T, B, H).
    """

    by_input: dict[str, ByGate]
    by_recurrent: dict[str, ByGate]
    by_state: dict[str, ByGate]
    h_by_memory: ByGate


@dataclass(eq=False)
class Equations:
    """A cell on all steps.

    Attributes:
        cell: its equations.
        sums_products: whether these read nothing of the two products but their sum.
        weights: w_ih, w_hh[, b_ih, b_hh].
        x: input, (T, B, I).
        h: outputs after each step, (T, B, P).
        initial: states before the first step by name, (B, ...).
        known_memory: the states besides h after each step by name, (T, B, ...), where they are known already.
    """

    cell: Cell
    sums_products: bool
    weights: list[Tensor]
    x: Tensor
    h: Tensor
    initial: dict[str, Tensor]
    known_memory: dict[str, Tensor] | None = None

    @cached_property
    def chunks(self) -> list[slice]:
        """All steps in slices of a few."""
        width = max(1, _CHUNK // (len(self.weights[0]) * self.x.shape[1]))
        return [slice(first, min(first + width, len(self.x))) for first in range(0, len(self.x), width)]

    @cached_property
    def _h_before(self) -> Tensor:
        return before_each_step(self.h, self.initial["h"])

    def _products_at(self, steps: slice | int | list[int], sequences: slice = slice(None)) -> tuple[ByGate, ByGate]:
        """The input products and the recurrent products of some steps by gate; where only their sum counts, it and 0.

        Each is (T, B, H), or (B, H) of one step.
        """
        w_ih, w_hh, *biases = self.weights
        b_ih, b_hh = biases if biases else (None, None)
        x = F.linear(self.x[steps, sequences], w_ih, b_ih)
        h_before = self._h_before[steps, sequences]
        if not self.sums_products:
            return self._by_gate(x), self._by_gate(F.linear(h_before, w_hh, b_hh))
        if b_hh is not None:
            x += b_hh
        x.flatten(0, -2).addmm_(h_before.flatten(0, -2), w_hh.T)
        return self._by_gate(x), dict.fromkeys(self.cell.gates, x.new_zeros(()))

    def _by_gate(self, product: Tensor) -> ByGate:
        gates = self.cell.gates
        return dict(zip(gates, product.chunk(len(gates), -1), strict=True))

    # --- states -------------------------------------------------------------------------------------------------------

    @cached_property
    def memory(self) -> dict[str, Tensor]:
        """The states besides h after each step by name, (T, B, ...)."""
        if self.known_memory is not None:
            return self.known_memory
        names = [name for name in self.initial if name != "h"]
        if not names:
            return {}
        with torch.no_grad():
            if type(self.cell) is LSTMCell:
                return {"c": self._memory_of_lstm()}
            return self._walked_memory(names)

    def _memory_of_lstm(self) -> Tensor:
        """The same sooner: what c is scaled by and what is added to it do not depend on it."""
        before = self.initial["c"]
        c = before.new_empty(len(self.x), *before.shape)  # (T, B, H)
        nothing = before.new_zeros(())
        for steps in self.chunks:
            values = self.cell(*self._products_at(steps), {"h": self._h_before[steps], "c": nothing})
            for t, f, added in zip(range(steps.start, steps.stop), values["f"], values["c"], strict=True):
                before = torch.addcmul(added, f, before, out=c[t])
        return c

    def _walked_memory(self, names: list[str]) -> dict[str, Tensor]:
        memory = {name: self.initial[name] for name in names}
        after: dict[str, list[Tensor]] = {name: [] for name in names}
        for step, h in enumerate(self._h_before):
            values = self.cell(*self._products_at(step), {"h": h, **memory})
            memory = {name: values[name] for name in names}
            for name, value in memory.items():
                after[name].append(value)
        return {name: torch.stack(values) for name, values in after.items()}

    @cached_property
    def states_before(self) -> dict[str, Tensor]:
        """All states before each step by name, (T, B, ...)."""
        memory = {name: before_each_step(value, self.initial[name]) for name, value in self.memory.items()}
        return {"h": self._h_before} | memory

    # --- values and derivatives ---------------------------------------------------------------------------------------

    @torch.no_grad()
    def values_at(self, steps: list[int]) -> dict[str, Tensor]:
        """Every state and gate at some steps by name, (T, B, H), from the states before them."""
        before = {name: value[steps] for name, value in self.states_before.items()}
        return dict(self.cell(*self._products_at(steps), before))

    def derivatives(self, steps: slice | list[int], sequences: slice = slice(None)) -> Derivatives:
        """Differentiate the equations at some steps."""
        x, u = (_leaves(product) for product in self._products_at(steps, sequences))
        before = _leaves({name: value[steps, sequences] for name, value in self.states_before.items()})
        with torch.enable_grad():
            values = self.cell(x, u, before)
        products = [x] if self.sums_products else [x, u]
        memory = {name: values[name] for name in before if name != "h"}
        derivatives = Derivatives({}, {}, {}, {})
        for name in before:
            after = memory if name == "h" else {}
            *by_products, by_state, by_memory = _derivatives(values[name], *products, before, after)
            derivatives.by_input[name] = by_products[0]
            derivatives.by_recurrent[name] = by_products[-1]
            derivatives.by_state[name] = by_state
            derivatives.h_by_memory |= by_memory
        return derivatives


def _leaves(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same numbers to differentiate by; a number that stands for all is none of them."""
    return {name: x.detach().requires_grad_(x.dim() > 0) for name, x in tensors.items()}


def _derivatives(of: Tensor, *by: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Unit by unit, of groups of tensors by name; one that nothing depends on has no entry."""
    flat = [tensor for group in by for tensor in group.values()]
    grads = iter(torch.autograd.grad(of, flat, torch.ones_like(of), retain_graph=True, allow_unused=True))
    groups = []
    for group in by:
        of_group = [next(grads) for _ in group]
        groups.append({name: grad for name, grad in zip(group, of_group, strict=True) if grad is not None})
    return groups
