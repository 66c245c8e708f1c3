"""A direction of any cell, run again step by step in plain torch with every state kept in the graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from recurra.explain.unrolled.direction import StateGradients, UnrolledDirection
from recurra.kernels import reference
from recurra.nn.recurrent import stepwise


@dataclass(eq=False)
class StepwiseDirection(UnrolledDirection):
    """See `UnrolledDirection`. It is run when it is made, with the random numbers that are to be drawn then.

    Padding stands behind the real steps in any walk, so it may be walked over: no gradient comes from there.
    """

    def __post_init__(self) -> None:
        self._x = self.x.detach().requires_grad_()
        self._record: reference.Record = {}
        direction = stepwise.direction_of(self.stack, self.index, self.weights, self.stack.training)
        with torch.enable_grad():
            self._output, _ = direction.run(self._x, self.initial, None, record=self._record)

    @property
    def output(self) -> Tensor:
        """What it gave, (T, B, P), zero in padding."""
        mask, output = self.mask, self._output.detach()
        return output if mask is None else torch.where(mask.unsqueeze(-1), output, 0.0)

    @cached_property
    def states(self) -> dict[str, Tensor]:
        """Every state after each step by name, (T, B, ...)."""
        return {name: torch.stack(self._record[name]).detach() for name in self.initial}

    def values_at(self, steps: list[int] | None = None) -> dict[str, Tensor]:
        """See `UnrolledDirection.values_at`."""
        at = range(len(self.x)) if steps is None else steps
        return {name: torch.stack([values[t] for t in at]).detach() for name, values in self._record.items()}

    def gradients(
        self, of_output: Tensor, of_final: dict[str, Tensor | None], seed: Tensor, needs_input: bool
    ) -> StateGradients:
        """See `UnrolledDirection.gradients`; by autograd."""
        outputs, upstream = [self._output], [of_output]
        for name, grad in of_final.items():
            if grad is not None:
                outputs.append(self._final(name))
                upstream.append(grad)
        states = {name: self._record[name] for name in self.initial}
        by = [self._x, *(value for values in states.values() for value in values)]
        of_input, *of_all_states = torch.autograd.grad(outputs, by, upstream, retain_graph=True, allow_unused=True)
        grads = iter(of_all_states)
        of_states = {name: _stacked([next(grads) for _ in values], values) for name, values in states.items()}
        upstream_of_probed = torch.zeros_like(self._final("h"))
        upstream_of_probed[self.probed] = seed
        of_h = torch.autograd.grad(
            self._final("h"), states["h"], upstream_of_probed, retain_graph=True, allow_unused=True
        )
        from_the_end = _stacked(of_h, states["h"])[:, self.probed]
        return StateGradients(of_states, from_the_end, of_input if needs_input else None)

    def _final(self, name: str) -> Tensor:
        """A state after the last real step, (B, ...), with its graph."""
        last, _ = self.last_steps()
        if self.lengths is None:
            return self._record[name][-1]
        rows = [self._record[name][step][sequence] for sequence, step in enumerate(last.tolist())]
        return torch.stack(rows)

    def jacobians(self, steps: list[int], sequence: int) -> Tensor:
        """See `UnrolledDirection.jacobians`."""
        return torch.stack([self._jacobian(step, sequence) for step in steps])

    def _jacobian(self, step: int, sequence: int) -> Tensor:
        """Of one step, (S, S): the step taken over a batch of S copies of the sequence, a row for each."""
        direction = stepwise.direction_of(self.stack, self.index, self.weights, training=False)
        states = self.initial if step == 0 else {name: self._record[name][step - 1] for name in self.initial}
        parts = {name: value[sequence].detach() for name, value in states.items()}
        flat = torch.cat([part.flatten() for part in parts.values()])  # (S,)
        copies = flat.repeat(len(flat), 1).requires_grad_()
        x = self.x[step, sequence].expand(len(flat), -1)
        with torch.enable_grad():
            widths = [part.numel() for part in parts.values()]
            columns = zip(parts.items(), copies.split(widths, -1), strict=True)
            before = {name: column.reshape(-1, *part.shape) for (name, part), column in columns}
            new = direction.step(x, before).values()
            after = torch.cat([value.reshape(len(flat), -1) for value in new], -1)  # (S, S)
        (rows,) = torch.autograd.grad(after, copies, torch.eye(len(flat), dtype=after.dtype, device=after.device))
        return rows


def _stacked(grads: Sequence[Tensor | None], like: Sequence[Tensor]) -> Tensor:
    """Gradients of all steps as one, zero where there is none."""
    return torch.stack([torch.zeros_like(x) if grad is None else grad for grad, x in zip(grads, like, strict=True)])
