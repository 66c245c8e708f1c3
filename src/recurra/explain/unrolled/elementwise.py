"""A direction of a cell whose equations mix no units but by the recurrent product, as RNN, LSTM and GRU.

All steps of such a cell are open at once: since the outputs are known, the products of all steps are one product, and
the derivatives of the equations are, unit by unit, numbers that autograd finds for all steps together. What is left to
walk is a product with the recurrent weights a step (Pascanu et al., 2013, "On the difficulty of training recurrent
neural networks", has the derivation).
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.explain.unrolled.direction import StateGradients, UnrolledDirection
from recurra.explain.unrolled.walk import before_each_step
from recurra.nn.cells import Cell
from recurra.nn.recurrent import fused

_CHUNK = 1 << 17  # numbers of products of the steps whose derivatives are taken at once: they stay in the cache


@dataclass(eq=False)
class Derivatives:
    """Of the equations of a cell, unit by unit at every step.

    Each is by name of the state after the step. G gates of H units.

    Attributes:
        by_input, by_recurrent: by the input product and by the recurrent product, (T, B, G H).
        by_state: by the state before the step of each name, (T, B, H); where that is not read, no entry.
        h_by_memory: of h by the other states after the same step, (T, B, H).
    """

    by_input: dict[str, Tensor]
    by_recurrent: dict[str, Tensor]
    by_state: dict[str, dict[str, Tensor]]
    h_by_memory: dict[str, Tensor]


@dataclass(eq=False)
class ElementwiseDirection(UnrolledDirection):
    """See `UnrolledDirection`.

    Attributes:
        h: outputs after each step, (T, B, P).
    """

    h: Tensor

    @cached_property
    def _products(self) -> tuple[Tensor, Tensor]:
        """The input products and the recurrent products of all steps, (T, B, G H) each, biases included."""
        w_ih, w_hh = self.weights[:2]
        b_ih, b_hh = self.weights[2:4] if self.stack.bias else (None, None)
        return F.linear(self.x, w_ih, b_ih), F.linear(self._before["h"], w_hh, b_hh)

    @cached_property
    def _before(self) -> dict[str, Tensor]:
        """The states before each step that are known from the start: h, (T, B, P)."""
        return {"h": before_each_step(self.h, self.initial["h"])}

    @cached_property
    def states(self) -> dict[str, Tensor]:
        """The states after each step by name, (T, B, ...)."""
        return {"h": self.h} | self._memory()

    @cached_property
    def _states_before(self) -> dict[str, Tensor]:
        """The states before each step by name, (T, B, ...)."""
        memory = {name: value for name, value in self.states.items() if name != "h"}
        return self._before | {name: before_each_step(value, self.initial[name]) for name, value in memory.items()}

    @torch.no_grad()
    def _memory(self) -> dict[str, Tensor]:
        """The states besides h after each step: the equations, walked along the sequence."""
        memory = {name: value for name, value in self.initial.items() if name != "h"}
        if not memory:
            return {}
        after: dict[str, list[Tensor]] = {name: [] for name in memory}
        steps = zip(*(tensor.unbind() for tensor in (*self._products, self._before["h"])), strict=True)
        for x, u, h in steps:
            values = self._cell(self._by_gate(x), self._by_gate(u), {"h": h, **memory})
            memory = {name: values[name] for name in memory}
            for name, value in memory.items():
                after[name].append(value)
        return {name: torch.stack(values) for name, values in after.items()}

    @property
    def _cell(self) -> Cell:
        return self.stack._cell(self.index)

    def _by_gate(self, product: Tensor) -> dict[str, Tensor]:
        gates = self._cell.gates
        return dict(zip(gates, product.chunk(len(gates), -1), strict=True))

    @torch.no_grad()
    def values_at(self, steps: list[int] | None = None) -> dict[str, Tensor]:
        """See `UnrolledDirection.values_at`."""
        values = self._by_equations(steps)
        values["h"] = self.h if steps is None else self.h[steps]
        return values

    def _by_equations(self, steps: list[int] | None) -> dict[str, Tensor]:
        """Every state and gate by name as the equations give them from the states before each step."""
        at = slice(None) if steps is None else steps
        x, u = (self._by_gate(product[at]) for product in self._products)
        before = {name: value[at] for name, value in self._states_before.items()}
        values: dict[str, Tensor] = dict(self._cell(x, u, before))
        if self.stack.proj_size:
            values["h"] = F.linear(values["h"], self.weights[-1])  # (T, B, P)
        return values

    @torch.no_grad()
    def error_at(self, steps: list[int]) -> float:
        """See `UnrolledDirection.error_at`."""
        difference = (self._by_equations(steps)["h"] - self.h[steps]).abs()
        return float((difference if self.mask is None else difference[self.mask[steps]]).max())

    def _derivatives(self, steps: slice, sequences: slice = slice(None)) -> Derivatives:
        """Of the equations at some steps, a few of which stay in a processor's cache."""
        x, u = (product[steps, sequences].detach() for product in self._products)
        fused_cell = fused.cell_of(self.stack)
        if fused_cell is not None and fused_cell.sums_products:
            x, u = x + u, torch.zeros((1,) * x.dim(), dtype=x.dtype, device=x.device).expand_as(x)
        else:
            u.requires_grad_()
        x.requires_grad_()
        states = self._states_before.items()
        before = {name: value[steps, sequences].detach().requires_grad_() for name, value in states}
        with torch.enable_grad():
            values = self._cell(self._by_gate(x), self._by_gate(u), before)
        found = Derivatives({}, {}, {}, {})
        for name in before:
            products = [x, u] if u.requires_grad else [x]
            by_products, by_states = _split(_derivatives(values[name], [*products, *before.values()]), len(products))
            found.by_input[name], found.by_recurrent[name] = by_products[0], by_products[-1]
            named = zip(before, by_states, strict=True)
            found.by_state[name] = {other: by for other, by in named if by is not None}
        memory = [name for name in before if name != "h"]
        if memory:
            by_memory = _derivatives(values["h"], [values[name] for name in memory])
            found.h_by_memory = {name: by for name, by in zip(memory, by_memory, strict=True) if by is not None}
        return found

    @torch.no_grad()
    def gradients(
        self, of_output: Tensor, of_final: dict[str, Tensor | None], seed: Tensor, needs_input: bool
    ) -> StateGradients:
        """See `UnrolledDirection.gradients`. Both walks back, of the loss and of the seed, are taken side by side."""
        size = of_output.shape[1]
        grads = self._where_they_start(of_output, of_final, seed)
        of_input = torch.empty_like(self.x) if needs_input else None
        width = max(1, _CHUNK // self._products[0][0].numel())
        for end in range(len(self.x), 0, -width):
            steps = slice(max(0, end - width), end)
            derivatives = self._derivatives(steps)
            self._walk_back(grads, derivatives, steps)
            of_states = {name: grad[steps, :size] for name, grad in grads.items()}
            of_states["h"] = self._before_projection(of_states["h"])
            if of_input is not None:
                of_input[steps] = self._of_input(of_states, derivatives)
            for name, by_memory in derivatives.h_by_memory.items():
                grads[name][steps, :size].addcmul_(of_states["h"], by_memory)
        of_states = {name: grad[:, :size] for name, grad in grads.items()}
        return StateGradients(of_states, grads["h"][:, size:], of_input)

    def _where_they_start(
        self, of_output: Tensor, of_final: dict[str, Tensor | None], seed: Tensor
    ) -> dict[str, Tensor]:
        """Gradients of each state, (T, B + S, ...), that come from outside: of the loss, and behind them the seeds."""
        size = of_output.shape[1]
        rows = size + len(self.probed)
        grads = {name: self.x.new_zeros(len(self.x), rows, *value.shape[1:]) for name, value in self.initial.items()}
        grads["h"][:, :size] = of_output
        last, sequences = self.last_steps()
        for name, grad in of_final.items():
            if grad is not None:
                grads[name][last, sequences] += grad
        grads["h"][last[self.probed], size + torch.arange(len(self.probed))] = seed
        return grads

    def _walk_back(self, grads: dict[str, Tensor], derivatives: Derivatives, steps: slice) -> None:
        """Carry the gradients of these steps to the steps before them."""
        w_hh, gates = self.weights[1], len(self._cell.gates)
        by_recurrent = {name: self._with_probed(by) for name, by in derivatives.by_recurrent.items()}
        by_state = {
            name: {before: self._with_probed(by) for before, by in of_name.items()}
            for name, of_name in derivatives.by_state.items()
        }
        for t in range(steps.stop - 1, max(steps.start, 1) - 1, -1):
            number = t - steps.start
            of_states = {name: grad[t] for name, grad in grads.items()}  # (B + S, ...)
            of_states["h"] = self._before_projection(of_states["h"])
            of_products = torch.zeros(())
            for name, grad in of_states.items():
                by_gate = by_recurrent[name][number].unflatten(-1, (gates, -1))  # (B + S, G, H)
                wide = grad.unsqueeze(1)
                of_products = wide * by_gate if name == "h" else of_products.addcmul_(wide, by_gate)
            grads["h"][t - 1].addmm_(of_products.flatten(1), w_hh)
            for name, grad in of_states.items():
                for before, by in by_state[name].items():
                    grads[before][t - 1].addcmul_(grad, by[number])

    def _with_probed(self, values: Tensor) -> Tensor:
        """Values of each sequence, (T, B, ...), and behind them those of the sequences that are probed."""
        return torch.cat([values, values[:, self.probed]], 1)

    def _before_projection(self, of_h: Tensor) -> Tensor:
        """Gradient of h as the equations give it, from that of the projected h."""
        return of_h @ self.weights[-1] if self.stack.proj_size else of_h

    def _of_input(self, of_states: dict[str, Tensor], derivatives: Derivatives) -> Tensor:
        """Gradient of the input, (T, B, I), from those of the states of the equations, (T, B, H)."""
        gates = len(self._cell.gates)
        of_products = torch.zeros_like(derivatives.by_input["h"].unflatten(-1, (gates, -1)))  # (T, B, G, H)
        for name, grad in of_states.items():
            of_products.addcmul_(grad.unsqueeze(-2), derivatives.by_input[name].unflatten(-1, (gates, -1)))
        return of_products.flatten(-2) @ self.weights[0]

    @torch.no_grad()
    def jacobian(self, step: int, sequence: int) -> Tensor:
        """See `UnrolledDirection.jacobian`; put together from the derivatives of the equations."""
        derivatives = self._derivatives(slice(step, step + 1), slice(sequence, sequence + 1))
        w_hh, gates = self.weights[1], len(self._cell.gates)
        rows = []
        for name in self.initial:
            by_gate = derivatives.by_recurrent[name][0, 0].unflatten(0, (gates, -1))  # (G, H)
            blocks = {"h": (by_gate.unsqueeze(-1) * w_hh.unflatten(0, (gates, -1))).sum(0)}  # (H, P)
            for before, value in self.initial.items():
                blocks.setdefault(before, w_hh.new_zeros(by_gate.shape[-1], value.shape[-1]))
            for before, by in derivatives.by_state[name].items():
                blocks[before] = blocks[before] + torch.diag(by[0, 0])
            row = torch.cat([blocks[before] for before in self.initial], -1)  # (H, S)
            rows.append(self.weights[-1] @ row if name == "h" and self.stack.proj_size else row)
        return torch.cat(rows)


def _split(found: list[Tensor | None], count: int) -> tuple[list[Tensor], list[Tensor | None]]:
    """The derivatives by so many products, of which there are always some, and those by the states."""
    return [by for by in found[:count] if by is not None], found[count:]


def _derivatives(of: Tensor, by: list[Tensor]) -> list[Tensor | None]:
    """Unit by unit; None where nothing depends."""
    ones = torch.ones_like(of)
    return list(torch.autograd.grad(of, by, ones, retain_graph=True, allow_unused=True))
