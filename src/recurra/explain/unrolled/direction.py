"""One layer of a recorded stack in one direction, its steps open to view: states, gates, gradients and Jacobians."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from recurra.explain.unrolled.walk import walked
from recurra.nn.recurrent import Recurrent
from recurra.nn.step_mask import step_mask

_MOST_PROBED = 8  # sequences


class StateGradients(NamedTuple):
    """Gradients of the states of a direction, in the order of its walk.

    Attributes:
        of_states: gradients of a loss by the states after each step, by name, each (T, B, ...). With memory, that of c
            includes what c does to h at the same step.
        from_the_end: gradients of h, (T, S, P), of what stands at the last real step of each probed sequence alone.
        of_input: gradient of the layer's input, (T, B, I); None where it was not asked for.
    """

    of_states: dict[str, Tensor]
    from_the_end: Tensor
    of_input: Tensor | None


@dataclass(eq=False)
class UnrolledDirection:
    """What is known of one layer and direction; all sequences are in the order of its walk.

    Attributes:
        stack: the layer is part of it.
        index: of the layer and direction among all of the stack.
        weights: w_ih, w_hh[, b_ih, b_hh][, w_hr], as the pass used them.
        x: input, (T, B, I).
        lengths: real steps, (B,), or None.
        initial: states before the first step by name, each (B, ...).
    """

    stack: Recurrent
    index: int
    weights: list[Tensor]
    x: Tensor
    lengths: Tensor | None
    initial: dict[str, Tensor]

    @property
    def suffix(self) -> str:
        """What stands behind the names of this layer's and direction's values, such as "_l0_reverse"."""
        return self.stack._suffixes[self.index]

    @property
    def layer(self) -> int:
        """Number of the layer in the stack, from 0."""
        return self.index // self.stack.num_directions

    @property
    def reverse(self) -> bool:
        """Whether it walks from the last step to the first."""
        return self.index % self.stack.num_directions == 1

    @property
    def mask(self) -> Tensor | None:
        """Which steps are no padding, (T, B), or None."""
        return None if self.lengths is None else step_mask(self.lengths, len(self.x)).T

    def in_time(self, values: Tensor) -> Tensor:
        """Put values of all steps in the order of time."""
        return walked(values, self.lengths, self.reverse)

    def last_steps(self) -> tuple[Tensor, Tensor]:
        """Indices (T, B) of the last real step of each sequence."""
        steps, size = self.x.shape[:2]
        sequences = torch.arange(size, device=self.x.device)
        last = torch.full_like(sequences, steps - 1) if self.lengths is None else self.lengths.to(sequences) - 1
        return last, sequences

    @cached_property
    def probed(self) -> list[int]:
        """The sequences whose last step a gradient is sent back from alone: the longest, as they can tell most."""
        size = self.x.shape[1]
        if self.lengths is None:
            return list(range(min(size, _MOST_PROBED)))
        longest = self.lengths.argsort(descending=True, stable=True)[:_MOST_PROBED]
        return sorted(longest.tolist())

    @property
    def states(self) -> dict[str, Tensor]:
        """Every state after each step by name, (T, B, ...); what stands in padding means nothing."""
        raise NotImplementedError

    def values_at(self, steps: list[int] | None = None) -> dict[str, Tensor]:
        """Every state and gate by name, (T, B, ...), or of some steps alone; what stands in padding means nothing."""
        raise NotImplementedError

    def error_at(self, steps: list[int]) -> float:
        """How far what was found is at most from what the layer gave, at some steps, as far as that is known."""
        return 0.0

    def gradients(
        self, of_output: Tensor, of_final: dict[str, Tensor | None], seed: Tensor, needs_input: bool
    ) -> StateGradients:
        """Carry gradients back along the sequence.

        Args:
            of_output: of the outputs, (T, B, P), zero in padding.
            of_final: of each final state by name, (B, ...), or None.
            seed: what `from_the_end` starts from, (S, P) for the S sequences of `probed`.
            needs_input: whether the gradient of the input is asked for.
        """
        raise NotImplementedError

    def jacobians(self, steps: list[int], sequence: int) -> Tensor:
        """Derivatives of all states after each step by all states before it, (N, S, S) for S numbers of state.

        Args:
            steps: N of them, in the order of the walk.
            sequence: of the batch.
        """
        raise NotImplementedError
