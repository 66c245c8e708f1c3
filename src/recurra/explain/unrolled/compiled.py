"""A direction whose gradients the compiled kernels carry back."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from recurra.explain.unrolled.direction import StateGradients
from recurra.explain.unrolled.elementwise import ElementwiseDirection
from recurra.kernels.known_outputs import KnownOutputs
from recurra.nn.recurrent import fused


@dataclass(eq=False)
class CompiledDirection(ElementwiseDirection):
    """See `UnrolledDirection`; only where `kernels.known_outputs.serves`.

    Both walks back, of the loss and of the seed, are taken side by side: the kernels see the probed sequences once more
    behind the others, B + S in all, and sequences of unequal lengths in packed rows, the longest first.
    """

    @cached_property
    def _outputs(self) -> KnownOutputs:
        cell = fused.cell_of(self.stack)
        assert cell is not None
        states = [self._in_order(self._and_probed(state, 0)) for state in self.initial.values()]
        batch_sizes = None if self._form is None else self._form.batch_sizes
        x, h = (self._rows(self._and_probed(values, 1)) for values in (self.x, self.h))
        return KnownOutputs(cell, x, batch_sizes, self.weights, states, h, bias=self.stack.bias)

    def _known_memory(self) -> dict[str, Tensor]:
        size = self.x.shape[1]
        return {name: self._padded(self._outputs.memory)[:, :size] for name in self.initial if name != "h"}

    @torch.no_grad()
    def gradients(
        self, of_output: Tensor, of_final: dict[str, Tensor | None], seed: Tensor, needs_input: bool
    ) -> StateGradients:
        """See `UnrolledDirection.gradients`."""
        size = of_output.shape[1]
        of_y = torch.cat([of_output, of_output.new_zeros(len(of_output), *seed.shape)], 1)  # (T, B + S, P)
        starts = []
        for name, state in self.initial.items():
            grad = of_final[name]
            of_loss = torch.zeros_like(state) if grad is None else grad
            from_the_end = seed if name == "h" else of_loss.new_zeros(len(seed), *state.shape[1:])
            starts.append(self._in_order(torch.cat([of_loss, from_the_end])))  # (B + S, ...)
        gradients = self._outputs.gradients(self._rows(of_y), starts, needs_input)
        of_states = {name: self._padded(grad) for name, grad in zip(self.initial, gradients, strict=False)}
        of_input = self._padded(gradients.x)[:, :size] if needs_input else None
        of_loss_by_states = {name: grad[:, :size] for name, grad in of_states.items()}
        return StateGradients(of_loss_by_states, of_states["h"][:, size:], of_input)

    # --- the form of the kernels --------------------------------------------------------------------------------------

    def _and_probed(self, values: Tensor, dim: int) -> Tensor:
        """Values of each sequence along a dimension, and behind them those of the sequences that are probed."""
        probed = torch.tensor(self.probed, device=values.device)
        return torch.cat([values, values.index_select(dim, probed)], dim)

    @cached_property
    def _form(self) -> PackedSequence | None:
        """How sequences of unequal lengths are packed: of each row its place among (T (B + S)); None for equal ones."""
        if self.lengths is None:
            return None
        lengths = self._and_probed(self.lengths, 0)
        positions = torch.arange(len(self.x) * len(lengths), device=self.x.device).view(len(self.x), -1)  # (T, B + S)
        return pack_padded_sequence(positions, lengths.cpu(), enforce_sorted=False)

    def _in_order(self, states: Tensor) -> Tensor:
        """Of (B + S, ...) those of the longest sequences first, as rows are packed."""
        return states if self._form is None else states[self._form.sorted_indices]

    def _rows(self, padded: Tensor) -> Tensor:
        """Of (T, B + S, F) the packed rows, (N, F); as it is where all lengths are equal."""
        return padded if self._form is None else padded.flatten(0, 1)[self._form.data]

    def _padded(self, rows: Tensor) -> Tensor:
        """The way back, to (T, B + S, F), zero in padding."""
        if self._form is None:
            return rows
        return pad_packed_sequence(self._form._replace(data=rows), total_length=len(self.x))[0]
