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
        h_before = before_each_step(self.h, self.initial["h"])
        return F.linear(self.x, w_ih, b_ih), F.linear(h_before, w_hh, b_hh)

    @cached_property
    def states_before(self) -> dict[str, Tensor]:
        """The states before each step by name, (T, B, ...)."""
        h_before = before_each_step(self.h, self.initial["h"])
        return {"h": h_before} | self._memory_before(h_before)

    @torch.no_grad()
    def _memory_before(self, h_before: Tensor) -> dict[str, Tensor]:
        """The states besides h before each step: the equations, walked along the sequence."""
        memory = {name: value for name, value in self.initial.items() if name != "h"}
        if not memory:
            return {}
        before: dict[str, list[Tensor]] = {name: [] for name in memory}
        cell, (x, u) = self.stack._cell(self.index), self._products
        for x_of_step, u_of_step, h in zip(x.unbind(), u.unbind(), h_before.unbind(), strict=True):
            for name, value in memory.items():
                before[name].append(value)
            values = cell(self._by_gate(x_of_step), self._by_gate(u_of_step), {"h": h, **memory})
            memory = {name: values[name] for name in memory}
        return {name: torch.stack(values) for name, values in before.items()}

    def _by_gate(self, product: Tensor) -> dict[str, Tensor]:
        gates = self.stack._cell(self.index).gates
        return dict(zip(gates, product.chunk(len(gates), -1), strict=True))

    @cached_property
    def _by_equations(self) -> dict[str, Tensor]:
        """Every state and gate by name, (T, B, ...), as the equations give them from the states before each step."""
        x, u = (self._by_gate(product) for product in self._products)
        with torch.no_grad():
            values: dict[str, Tensor] = dict(self.stack._cell(self.index)(x, u, self.states_before))
            if self.stack.proj_size:
                values["h"] = F.linear(values["h"], self.weights[-1])  # (T, B, P)
        return values

    @property
    def values(self) -> dict[str, Tensor]:
        """Every state and gate by name, (T, B, ...)."""
        return self._by_equations | {"h": self.h}

    @property
    def error(self) -> float:
        """How far the outputs are at most from what the equations give; large where the pass had other weights."""
        difference = (self._by_equations["h"] - self.h).abs()
        return float((difference if self.mask is None else difference[self.mask]).max())

    @cached_property
    def derivatives(self) -> Derivatives:
        """Of the equations, at every step."""
        x, u = (product.detach().requires_grad_() for product in self._products)
        before = {name: value.detach().requires_grad_() for name, value in self.states_before.items()}
        with torch.enable_grad():
            values = self.stack._cell(self.index)(self._by_gate(x), self._by_gate(u), before)
        found = Derivatives({}, {}, {}, {})
        for name in before:
            by_x, by_u, *by_states = _derivatives(values[name], [x, u, *before.values()])
            assert by_x is not None
            assert by_u is not None
            found.by_input[name], found.by_recurrent[name] = by_x, by_u
            named = zip(before, by_states, strict=True)
            found.by_state[name] = {other: by for other, by in named if by is not None}
        memory = [name for name in before if name != "h"]
        if memory:
            by_memory = _derivatives(values["h"], [values[name] for name in memory])
            found.h_by_memory = {name: by for name, by in zip(memory, by_memory, strict=True) if by is not None}
        return found

    def gradients(
        self, of_output: Tensor, of_final: dict[str, Tensor | None], seed: Tensor, needs_input: bool
    ) -> StateGradients:
        """See `UnrolledDirection.gradients`. Both walks back, of the loss and of the seed, are taken side by side."""
        grads = self._walk_back(of_output, of_final, seed)
        before_equations = {name: grad[:, 0] for name, grad in grads.items()}
        before_equations["h"] = self._before_projection(before_equations["h"])
        of_input = self._of_input(before_equations) if needs_input else None
        of_states = {name: grad[:, 0] for name, grad in grads.items()}
        for name, by_memory in self.derivatives.h_by_memory.items():
            of_states[name] = of_states[name] + before_equations["h"] * by_memory
        return StateGradients(of_states, grads["h"][:, 1], of_input)

    def _before_projection(self, of_h: Tensor) -> Tensor:
        """Gradient of h as the equations give it, from that of the projected h."""
        return of_h @ self.weights[-1] if self.stack.proj_size else of_h

    def _of_input(self, of_states: dict[str, Tensor]) -> Tensor:
        """Gradient of the input, (T, B, I), from those of the states of the equations, (T, B, H)."""
        by_input = self.derivatives.by_input
        repeats = len(self.stack._cell(self.index).gates)
        parts = [grad.repeat(1, 1, repeats) * by_input[name] for name, grad in of_states.items()]
        return torch.stack(parts).sum(0) @ self.weights[0]

    @torch.no_grad()
    def _walk_back(self, of_output: Tensor, of_final: dict[str, Tensor | None], seed: Tensor) -> dict[str, Tensor]:
        """Gradients of each state, (T, 2, B, ...): of the loss, and of the seed."""
        steps = len(self.x)
        grads = {name: self.x.new_zeros(steps, 2, *value.shape) for name, value in self.initial.items()}
        last, sequences = self.last_steps()
        for name, grad in of_final.items():
            if grad is not None:
                grads[name][last, 0, sequences] += grad
        grads["h"][last, 1, sequences] = seed
        grads["h"][:, 0] += of_output
        derivatives, w_hh = self.derivatives, self.weights[1]
        gates = len(self.stack._cell(self.index).gates)
        by_recurrent = {name: by.unflatten(-1, (gates, -1)) for name, by in derivatives.by_recurrent.items()}
        for t in range(steps - 1, 0, -1):
            of_states = {name: grad[t] for name, grad in grads.items()}  # (2, B, ...)
            of_states["h"] = self._before_projection(of_states["h"])
            products = [grad.unsqueeze(2) * by_recurrent[name][t] for name, grad in of_states.items()]
            of_products = products[0] if len(products) == 1 else torch.add(*products)  # (2, B, G, H)
            grads["h"][t - 1] += of_products.flatten(2) @ w_hh
            for name, grad in of_states.items():
                for before, by in derivatives.by_state[name].items():
                    grads[before][t - 1].addcmul_(grad, by[t])
        return grads

    def jacobian(self, step: int, sequence: int) -> Tensor:
        """See `UnrolledDirection.jacobian`; put together from the derivatives of the equations."""
        derivatives, w_hh = self.derivatives, self.weights[1]
        gates = len(self.stack._cell(self.index).gates)
        rows = []
        for name in self.initial:
            by_gate = derivatives.by_recurrent[name][step, sequence].unflatten(0, (gates, -1))  # (G, H)
            blocks = {"h": (by_gate.unsqueeze(-1) * w_hh.unflatten(0, (gates, -1))).sum(0)}  # (H, P)
            for before, value in self.initial.items():
                width = value.shape[-1]
                blocks.setdefault(before, w_hh.new_zeros(by_gate.shape[-1], width))
            for before, by in derivatives.by_state[name].items():
                blocks[before] = blocks[before] + torch.diag(by[step, sequence])
            row = torch.cat([blocks[before] for before in self.initial], -1)  # (H, S)
            rows.append(self.weights[-1] @ row if name == "h" and self.stack.proj_size else row)
        return torch.cat(rows)


def _derivatives(of: Tensor, by: list[Tensor]) -> list[Tensor | None]:
    """Unit by unit; None where nothing depends."""
    ones = torch.ones_like(of)
    return list(torch.autograd.grad(of, by, ones, retain_graph=True, allow_unused=True))
