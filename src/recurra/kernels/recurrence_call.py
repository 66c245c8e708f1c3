"""What the kernels of a recurrent layer are called with: one record, its checks, its sizes, and tensors for results.

T steps, B sequences, I inputs, H units, P outputs (P = H but for a projection), D directions, G gates; V vectors that
symbols stand for.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from recurra.kernels import compiled
from recurra.kernels.fused_cells import FusedCell

OfWeight = TypeVar("OfWeight")  # a weight, or what belongs to it


@dataclass(slots=True)
class RecurrenceCall:
    """One layer over one batch of sequences."""

    cell: FusedCell
    x: Tensor  # (T, B, I), packed rows (N, I), or with `symbols` the vectors (V, I)
    symbols: Tensor | None  # (T, B) or (N,), int64: the row of x that each step reads
    batch_sizes: Tensor | None  # (T,), int64: sequences alive at each step; None where all are of one length
    h0: Tensor  # (D, B, P)
    c0: Tensor  # (D, B, H), or empty for a cell without memory
    weights: Sequence[Tensor]  # w_ih (G H, I), w_hh (G H, P)[, b_ih, b_hh (G H)][, w_hr (P, H)] of each direction
    bias: bool
    directions: int
    bf16: bool = False  # whether what is multiplied is rounded to bfloat16 before; sums and results are float32

    @property
    def states(self) -> tuple[Tensor, ...]:
        """The states before the first step: h, or h and c."""
        return (self.h0, self.c0) if self.cell.has_memory else (self.h0,)

    @property
    def rows(self) -> torch.Size:
        """The shape of the steps: (T, B), or (N,) of packed rows."""
        return self.x.shape[:-1] if self.symbols is None else self.symbols.shape

    @property
    def hidden_size(self) -> int:
        """Units H."""
        return self.weights[0].shape[0] // self.cell.gates

    def contiguous(self) -> "RecurrenceCall":
        """The same with all numbers side by side, as the kernels read them."""
        return RecurrenceCall(
            self.cell,
            self.x.contiguous(),
            None if self.symbols is None else self.symbols.contiguous(),
            contiguous_batch_sizes(self.batch_sizes),
            self.h0.contiguous(),
            self.c0.contiguous(),
            [weight.contiguous() for weight in self.weights],
            self.bias,
            self.directions,
            self.bf16,
        )

    def by_direction(self, weights: Sequence[OfWeight]) -> list[OfWeight | None]:
        """w_ih, w_hh, b_ih, b_hh, w_hr of each direction, with None for what the layer does not have.

        weights: those of the layer, or what belongs to each of them, such as its gradient.
        """
        count = len(weights) // self.directions
        complete: list[OfWeight | None] = []
        for first in range(0, len(weights), count):
            w_ih, w_hh, *others = weights[first : first + count]
            b_ih, b_hh = others[:2] if self.bias else (None, None)
            w_hr = others[2 * self.bias] if len(others) > 2 * self.bias else None
            complete += [w_ih, w_hh, b_ih, b_hh, w_hr]
        return complete

    def sizes(self) -> list[int]:
        """Cell, I, H, P, T, B, N, D, where the batch sizes lie, V, and where the symbols lie; see csrc/bind.cpp."""
        rows, inputs = self.rows, self.x.shape[-1]
        directions, batch, output = self.h0.shape
        steps = rows[0] if self.batch_sizes is None else len(self.batch_sizes)
        return [
            self.cell.number,
            inputs,
            self.hidden_size,
            output,
            steps,
            batch,
            math.prod(rows),
            directions,
            0 if self.batch_sizes is None else self.batch_sizes.data_ptr(),
            self.x.numel() // inputs,
            0 if self.symbols is None else self.symbols.data_ptr(),
        ]

    def check(self, complete: Sequence[Tensor | None]) -> None:
        """Refuse shapes that do not fit together, which would make a kernel read beyond a tensor.

        complete: the weights as `by_direction` gives them, which whoever asks needs too.
        """
        rows, inputs, hidden = self.rows, self.x.shape[-1], self.hidden_size
        directions, batch, output = self.h0.shape
        if 0 in (rows[0], inputs, hidden, output):
            read = (*rows, inputs)
            raise ValueError(f"expected at least one step and feature, got input {read} of {hidden} units")
        if self.symbols is not None:
            _check_symbols(self.symbols, self.x)
        gates = self.cell.gates * hidden
        shapes = [(gates, inputs), (gates, output), (gates,), (gates,), (output, hidden)] * directions
        for weight, shape in zip(complete, shapes, strict=True):
            if weight is not None and weight.shape != shape:
                raise ValueError(f"weights: expected shape {shape}, got {tuple(weight.shape)}")
        if output != hidden and complete[4] is None:
            raise ValueError(f"h0: expected {hidden} units, got {output}")
        if self.cell.has_memory and self.c0.shape != (directions, batch, hidden):
            raise ValueError(f"c0: expected shape {(directions, batch, hidden)}, got {tuple(self.c0.shape)}")
        if len(rows) != (2 if self.batch_sizes is None else 1):
            read = (*rows, inputs)
            raise ValueError(f"input: expected (T, B, I), or packed rows with batch_sizes, got {read}")
        if self.batch_sizes is None and rows[1] != batch:
            raise ValueError(f"h0: expected {rows[1]} sequences, got {batch}")


def _check_symbols(symbols: Tensor, x: Tensor) -> None:
    if x.dim() != 2 or symbols.dtype is not torch.int64 or symbols.device.type != "cpu":
        raise ValueError(f"expected vectors (V, I) and symbols in int64, got {tuple(x.shape)} and {symbols.dtype}")


class Results(NamedTuple):
    """What a forward pass fills."""

    y: Tensor  # (T, B, D P), or packed rows (N, D P)
    hn: Tensor  # (D, B, P)
    cn: Tensor  # as c0
    saved: Tensor  # what the backward pass reads of each step, in whole panels of units; empty without training


class Gradients(NamedTuple):
    """What a backward pass fills; empty where a gradient is not asked for."""

    x: Tensor
    h0: Tensor
    c0: Tensor
    weights: list[Tensor]


def contiguous_batch_sizes(batch_sizes: Tensor | None) -> Tensor | None:
    """The same as the kernels read them: int64, side by side."""
    if batch_sizes is None or (batch_sizes.dtype is torch.int64 and batch_sizes.is_contiguous()):
        return batch_sizes
    if batch_sizes.is_floating_point() or batch_sizes.dim() != 1:
        raise ValueError(
            f"batch_sizes: expected whole numbers (T,), got {batch_sizes.dtype} of {tuple(batch_sizes.shape)}"
        )
    return batch_sizes.long().contiguous()


def empty_results(call: RecurrenceCall, save: bool, empty: compiled.Empty = compiled.pooled_empty) -> Results:
    """Results not yet filled; save: whether a backward pass may follow."""
    x, h0, c0, rows = call.x, call.h0, call.c0, call.rows
    y = empty(x, *rows, call.directions * h0.shape[2])
    count = 0
    if save and x.dtype is torch.float32:  # other types go through the equations, which save nothing here
        panel = 2 * compiled.vector_floats()
        panels = (call.hidden_size + panel - 1) // panel
        count = call.directions * math.prod(rows) * panels * panel * call.cell.saved_per_unit
    saved = empty(x, count) if count else x.new_empty(0)
    return Results(y, h0.new_empty(h0.shape), c0.new_empty(c0.shape), saved)


def empty_gradients(
    call: RecurrenceCall, needs: Sequence[bool], empty: compiled.Empty = compiled.pooled_empty
) -> Gradients:
    """Gradients not yet filled; needs: whether those of x and of each weight are asked for."""
    x, h0, c0 = call.x, call.h0, call.c0
    of_x = empty(x, *x.shape) if needs[0] else x.new_empty(0)
    of_weights = [w.new_empty(w.shape if needed else 0) for w, needed in zip(call.weights, needs[1:], strict=True)]
    return Gradients(of_x, h0.new_empty(h0.shape), c0.new_empty(c0.shape), of_weights)
