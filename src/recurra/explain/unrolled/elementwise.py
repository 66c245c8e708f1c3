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
from recurra.explain.unrolled.equations import Derivatives, Equations
from recurra.nn.recurrent import fused


@dataclass(eq=False)
class ElementwiseDirection(UnrolledDirection):
    """See `UnrolledDirection`.

    Attributes:
        h: outputs after each step, (T, B, P).
    """

    h: Tensor

    @cached_property
    def _equations(self) -> Equations:
        stack = self.stack
        known = fused.cell_of(stack)
        sums_products = known is not None and known.sums_products
        products = self.weights[: 4 if stack.bias else 2]
        cell = stack._cell(self.index)
        return Equations(cell, sums_products, products, self.x, self.h, self.initial, self._known_memory())

    def _known_memory(self) -> dict[str, Tensor] | None:
        """The states besides h after each step by name, (T, B, ...), where they are known by another way."""
        return None

    @property
    def _gates(self) -> tuple[str, ...]:
        return self.stack._cell(self.index).gates

    @property
    def states(self) -> dict[str, Tensor]:
        """The states after each step by name, (T, B, ...)."""
        return {"h": self.h} | self._equations.memory

    @cached_property
    def _values(self) -> dict[tuple[int, ...], dict[str, Tensor]]:
        """What `_by_equations` gave, by the steps."""
        return {}

    def values_at(self, steps: list[int] | None = None) -> dict[str, Tensor]:
        """See `UnrolledDirection.values_at`."""
        steps = list(range(len(self.x))) if steps is None else steps
        return self._by_equations(steps) | {"h": self.h[steps]}

    def error_at(self, steps: list[int]) -> float:
        """See `UnrolledDirection.error_at`."""
        difference = (self._by_equations(steps)["h"] - self.h[steps]).abs()
        return float((difference if self.mask is None else difference[self.mask[steps]]).max())

    @torch.no_grad()
    def _by_equations(self, steps: list[int]) -> dict[str, Tensor]:
        """Every state and gate by name as the equations give them from the states before each step."""
        if tuple(steps) not in self._values:
            values = self._equations.values_at(steps)
            if self.stack.proj_size:
                values["h"] = F.linear(values["h"], self.weights[-1])  # (T, B, P)
            self._values[tuple(steps)] = values
        return self._values[tuple(steps)]

    @torch.no_grad()
    def gradients(
        self, of_output: Tensor, of_final: dict[str, Tensor | None], seed: Tensor, needs_input: bool
    ) -> StateGradients:
        """See `UnrolledDirection.gradients`. Both walks back, of the loss and of the seed, are taken side by side."""
        size = of_output.shape[1]
        grads = self._where_they_start(of_output, of_final, seed)
        of_input = torch.empty_like(self.x) if needs_input else None
        for steps in reversed(self._equations.chunks):
            derivatives = self._equations.derivatives(steps)
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
        w_hh = self.weights[1]
        by_recurrent = {name: self._stacked(by_gate).unbind() for name, by_gate in derivatives.by_recurrent.items()}
        by_state = {
            name: {before: self._with_probed(by).unbind() for before, by in of_name.items()}
            for name, of_name in derivatives.by_state.items()
        }
        for t in range(steps.stop - 1, max(steps.start, 1) - 1, -1):
            number = t - steps.start
            of_states = {name: grad[t] for name, grad in grads.items()}  # (B + S, ...)
            of_states["h"] = self._before_projection(of_states["h"])
            of_products = of_states["h"].unsqueeze(1) * by_recurrent["h"][number]  # (B + S, G, H)
            for name, grad in of_states.items():
                if name != "h":
                    of_products.addcmul_(grad.unsqueeze(1), by_recurrent[name][number])
                for before, by in by_state[name].items():
                    grads[before][t - 1].addcmul_(grad, by[number])
            grads["h"][t - 1].addmm_(of_products.flatten(1), w_hh)

    def _stacked(self, by_gate: dict[str, Tensor]) -> Tensor:
        """Derivatives by the products of all gates, (T, B + S, G, H), those of probed sequences behind the others."""
        like = next(iter(by_gate.values()))
        steps, size, units = like.shape
        stacked = like.new_empty(steps, size + len(self.probed), len(self._gates), units)
        for number, gate in enumerate(self._gates):
            part = stacked[:, :, number]
            if gate in by_gate:
                part[:, :size] = by_gate[gate]
                part[:, size:] = by_gate[gate][:, self.probed]
            else:
                part.zero_()
        return stacked

    def _with_probed(self, values: Tensor) -> Tensor:
        """Values of each sequence, (T, B, ...), and behind them those of the sequences that are probed."""
        return torch.cat([values, values[:, self.probed]], 1)

    def _before_projection(self, of_h: Tensor) -> Tensor:
        """Gradient of h as the equations give it, from that of the projected h."""
        return of_h @ self.weights[-1] if self.stack.proj_size else of_h

    def _of_input(self, of_states: dict[str, Tensor], derivatives: Derivatives) -> Tensor:
        """Gradient of the input, (T, B, I), from those of the states of the equations, (T, B, H)."""
        parts = []
        for gate in self._gates:
            by_gate = {name: by[gate] for name, by in derivatives.by_input.items() if gate in by}
            terms = [of_states[name] * by for name, by in by_gate.items()]
            parts.append(torch.stack(terms).sum(0) if terms else torch.zeros_like(of_states["h"]))
        return torch.cat(parts, -1) @ self.weights[0]

    @torch.no_grad()
    def jacobians(self, steps: list[int], sequence: int) -> Tensor:
        """See `UnrolledDirection.jacobians`; put together from the derivatives of the equations."""
        derivatives = self._equations.derivatives(steps, slice(sequence, sequence + 1))
        weights = dict(zip(self._gates, self.weights[1].chunk(len(self._gates)), strict=True))  # of each gate (H, P)
        rows = []
        for name in self.initial:
            blocks = dict[str, Tensor]()
            for before, value in self.initial.items():
                blocks[before] = value.new_zeros(len(steps), self.stack.hidden_size, value.shape[-1])
            for gate, by in derivatives.by_recurrent[name].items():
                blocks["h"].addcmul_(by[:, 0].unsqueeze(-1), weights[gate])
            for before, by in derivatives.by_state[name].items():
                blocks[before].diagonal(dim1=1, dim2=2).add_(by[:, 0])
            row = torch.cat(list(blocks.values()), -1)  # (N, H, S)
            rows.append(self.weights[-1] @ row if name == "h" and self.stack.proj_size else row)
        return torch.cat(rows, 1)
