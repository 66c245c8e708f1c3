"""A layer in one direction over sequences whose outputs are known already: its memory, and gradients of all states.

Since the outputs are known, every step is one of a sequence of its own, from the h before it: what the backward pass
reads of all steps is found in one step of as many sequences. Unlike a second run over the sequence it cannot stray from
the outputs, however chaotic the layer is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from recurra.kernels import compiled, recurrence_kernel
from recurra.kernels.fused_cells import FusedCell
from recurra.kernels.recurrence_call import RecurrenceCall

_FORGET = 1  # the slot of an LSTM's forget gate, by which its memory is scaled; see csrc/cells.h


class StateGradients(NamedTuple):
    """Gradients of a loss by the states after each step, and by the input.

    Attributes:
        h: (T, B, P), or (N, P) of packed rows.
        c: (T, B, H) or (N, H), with what c does to h at the same step; empty for a cell without memory.
        x: (T, B, I) or (N, I); empty where it was not asked for.
    """

    h: Tensor
    c: Tensor
    x: Tensor


def serves(cell: FusedCell, *tensors: Tensor) -> bool:
    """Whether `KnownOutputs` can take a cell and these tensors: float32 on the CPU, where kernels are compiled."""
    is_full = all(tensor.numel() > 0 for tensor in tensors)
    return is_full and compiled.serves(*tensors) and (not cell.has_memory or cell.name == "lstm")


class KnownOutputs:
    """One layer in one direction, and its outputs.

    Args:
        cell: one that `serves` allows.
        x: (T, B, I), or packed rows (N, I).
        batch_sizes: of packed rows, (T,); else None.
        weights: w_ih, w_hh[, b_ih, b_hh][, w_hr].
        states: h, or h and c, before the first step, each (B, ...).
        y: the outputs, (T, B, P) or (N, P).
        bias: whether there are biases.
    """

    def __init__(
        self,
        cell: FusedCell,
        x: Tensor,
        batch_sizes: Tensor | None,
        weights: Sequence[Tensor],
        states: Sequence[Tensor],
        y: Tensor,
        *,
        bias: bool,
    ):
        h0 = states[0].unsqueeze(0)  # (1, B, P)
        c0 = states[1].unsqueeze(0) if cell.has_memory else h0.new_empty(0)
        self._call = RecurrenceCall(cell, x, None, batch_sizes, h0, c0, weights, bias, directions=1)
        self._y = y
        self._saved = self._save()

    def _save(self) -> Tensor:
        """What the backward pass reads of each step."""
        call = self._call
        if not call.cell.saved_per_unit:
            return call.x.new_empty(0)
        x = call.x.flatten(0, -2).unsqueeze(0)  # (1, N, I)
        h_before = self._before(self._y.flatten(0, -2), call.h0[0]).unsqueeze(0)  # (1, N, P)
        no_memory = call.c0.new_zeros(1, x.shape[1], call.hidden_size if call.cell.has_memory else 0)
        one_step = RecurrenceCall(call.cell, x, None, None, h_before, no_memory, call.weights, call.bias, directions=1)
        saved = recurrence_kernel.forward(one_step, save=True).saved
        if call.cell.has_memory:
            self._carry_memory(self._slots(saved))
        return saved

    @property
    def _alive(self) -> list[int]:
        """Sequences alive at each step."""
        sizes = self._call.batch_sizes
        return [self._y.shape[1]] * len(self._y) if sizes is None else sizes.tolist()

    def _before(self, rows: Tensor, first: Tensor) -> Tensor:
        """Of the rows after each step, (N, ...), those before it."""
        after, alive = rows.split(self._alive), self._alive
        return torch.cat([first, *(step[:size] for step, size in zip(after, alive[1:], strict=False))])

    def _slots(self, saved: Tensor) -> Tensor:
        """A view of what was saved, (K, panels of units, N, units of a panel), for K values of each unit."""
        panel = 2 * compiled.vector_floats()
        rows = self._y.flatten(0, -2)
        return saved.view(-1, len(rows), self._call.cell.saved_per_unit, panel).permute(2, 0, 1, 3)

    def _carry_memory(self, slots: Tensor) -> None:
        """Add to the memory of each step, which began without any, what was there before it."""
        alive = self._alive
        forget, memory = slots[_FORGET].split(alive, 1), slots[-1].split(alive, 1)
        panels, _, panel = memory[0].shape
        before = torch.nn.functional.pad(self._call.c0[0], (0, panels * panel - self._call.hidden_size))
        before = before.unflatten(-1, (panels, panel)).transpose(0, 1)  # (panels, B, panel)
        for f, c in zip(forget, memory, strict=True):
            before = c.addcmul_(f, before[:, : c.shape[1]])

    @property
    def memory(self) -> Tensor:
        """The memory after each step, (T, B, H) or (N, H); only of a cell that has one."""
        rows = self._slots(self._saved)[-1].transpose(0, 1).flatten(1)[:, : self._call.hidden_size]  # (N, H)
        return rows.view(*self._call.rows, -1)

    def gradients(self, of_y: Tensor, of_final: Sequence[Tensor | None], needs_input: bool) -> StateGradients:
        """Carry gradients back along the sequence.

        Args:
            of_y: of the outputs, as they are.
            of_final: of the states after the last step of each sequence, each (B, ...), or None.
            needs_input: whether the gradient of the input is asked for.
        """
        call = self._call
        needs = [needs_input, *(False for _ in call.weights)]
        of_h = compiled.pooled_empty(of_y, *of_y.shape)
        c_shape = (*call.rows, call.hidden_size) if call.cell.has_memory else (0,)
        of_c = compiled.pooled_empty(of_y, *c_shape)
        of_hn, of_cn = (None if grad is None else grad.unsqueeze(0) for grad in (*of_final, None)[:2])
        of_steps = of_h, of_c if call.cell.has_memory else None
        grads = recurrence_kernel.backward(call, self._y, self._saved, (of_y, of_hn, of_cn), needs, of_steps)
        return StateGradients(of_h, of_c, grads.x)
