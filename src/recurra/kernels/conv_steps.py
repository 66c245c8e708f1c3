"""The compiled convolutional layer: its memory, its steps forward and backward."""

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor

from recurra.kernels import compiled, winograd
from recurra.kernels.conv_reference import ConvCall
from recurra.kernels.fused_cells import States
from recurra.kernels.winograd import Channels


def with_channels_last(x: Tensor) -> Tensor:
    """Images (N, C, H, W) as a dense tensor (N, H, W, C)."""
    return compiled.in_memory(x.detach().movedim(1, -1))


class ConvSteps:
    """One layer and direction over all frames.

    Args:
        call: how.
        source: frames (N, H, W, I), or where `w_ih` is None the convolution of the input, (N, H, W, G C).
        w_ih, b_ih, w_hh, b_hh: weights, as of `ConvWeights`.
        states: (B, C, H, W) each.

    Attributes:
        gates: (N, H, W, S C) activated gates, for S slots of the cell.
        y, c: (N, H, W, C) each; c is empty for a cell without memory.
    """

    gates: Tensor
    y: Tensor
    c: Tensor

    def __init__(
        self,
        call: ConvCall,
        source: Tensor,
        w_ih: Tensor | None,
        b_ih: Tensor | None,
        w_hh: Tensor,
        b_hh: Tensor | None,
        states: States,
    ):
        self.call, self.cell, self.source = call, call.cell, source
        self.w_ih, self.b_ih, self.w_hh = w_ih, b_ih, w_hh
        self.b_hh = None if b_hh is None else compiled.in_memory(b_hh.detach())
        self.before = [with_channels_last(part) for part in states]  # (B, H, W, C) each
        self.starts_at_zero = not bool(self.before[0].any())
        self.size = w_hh.shape[1]
        gates = self.cell.gates
        self.slots = gates if self.cell.sums_products else gates + 1  # of a GRU the last gate's products are apart
        of_input = tuple(range(gates))
        of_state = (*of_input[:-1], self.slots - 1)
        self.of_input = Channels(of_input, self.size, self.slots)
        self.of_state = Channels(of_state, self.size, self.slots)
        self.starts = [0, *accumulate(call.sizes)][:-1]  # the first row of each step
        walk = range(len(call.sizes))
        self.walk = list(reversed(walk)) if call.reverse else list(walk)

    # --- forward ------------------------------------------------------------------------------------------------------

    def forward(self) -> None:
        """Fill gates, y and c."""
        frames, height, width = self.source.shape[:3]
        shape = frames, height, width
        self.gates = compiled.pooled_empty(self.source, *shape, self.slots * self.size)
        if self.w_ih is None:
            self.gates[..., : self.source.shape[-1]] = self.source
        else:
            inputs = winograd.whole(self.source.shape[-1])
            packed = winograd.pack(self.w_ih, inputs, self.of_input)
            winograd.convolve(self.source, inputs, packed, self.b_ih, self.gates, self.of_input)
        self.y = compiled.pooled_empty(self.source, *shape, self.size)
        self.c = self.y.new_empty(0)
        if self.cell.has_memory:
            self.c = compiled.pooled_empty(self.source, *shape, self.size)
        packed = winograd.pack(self.w_hh, winograd.whole(self.size), Channels(self.of_input.blocks, self.size, 1))
        for place, step in enumerate(self.walk):
            h_before, c_before = self._before(place)
            tensors = self._tensors(step, packed, h_before, c_before)
            compiled.extension.conv_step(self._sizes(step), compiled.data_pointers(tensors), torch.get_num_threads())

    def finals(self) -> list[Tensor]:
        """The states after the last step of each sequence, (B, C, H, W) each."""
        steps, sizes = range(len(self.call.sizes)), self.call.sizes
        if self.call.reverse:
            last_rows = [slice(0, sizes[0])]
        else:
            later = [*sizes[1:], 0]
            ends = [slice(self.starts[t] + later[t], self.starts[t] + sizes[t]) for t in reversed(steps)]
            last_rows = [rows for rows in ends if rows.stop > rows.start]  # the longest sequences first
        parts = [self.y, self.c] if self.cell.has_memory else [self.y]
        return [torch.cat([part[rows] for rows in last_rows]).movedim(-1, 1) for part in parts]

    def _rows(self, step: int) -> slice:
        return slice(self.starts[step], self.starts[step] + self.call.sizes[step])

    def _before(self, place: int) -> tuple[Tensor | None, Tensor | None]:
        """The states before a step of the walk, (n, H, W, C) each; None for zeros, and for a cell without memory."""
        step = self.walk[place]
        size = self.call.sizes[step]
        states: list[Tensor | None] = []
        for part, initial in zip([self.y, self.c], self.before, strict=False):
            if place == 0:
                states.append(initial[:size])
                continue
            previous = part[self._rows(self.walk[place - 1])][:size]
            new = initial[len(previous) : size]  # sequences that begin here, where the walk is from the end
            states.append(torch.cat([previous, new]) if len(new) else previous)
        if place == 0 and self.starts_at_zero:
            states[0] = None
        return states[0], states[1] if self.cell.has_memory else None

    def _sizes(self, step: int) -> list[int]:
        return [self.cell.number, self.call.sizes[step], *self.y.shape[1:3], self.size]

    def _tensors(
        self, step: int, packed: Tensor | None, h_before: Tensor | None, c_before: Tensor | None
    ) -> list[Tensor | None]:
        rows = self._rows(step)
        c = self.c[rows] if self.cell.has_memory else None
        return [packed, self.b_hh, h_before, c_before, self.gates[rows], self.y[rows], c]

    # --- backward -----------------------------------------------------------------------------------------------------

    def backward(
        self, dy: Tensor | None, of_finals: Sequence[Tensor | None], needs: Sequence[bool]
    ) -> list[Tensor | None]:
        """Gradients of source, w_ih, b_ih, w_hh, b_hh and the states, as far as they are asked for.

        Args:
            dy: gradient of the outputs, (N, C, H, W), or None.
            of_finals: gradients of the final states, (B, C, H, W) each, or None.
            needs: whether each of these gradients is asked for.
        """
        dy = None if dy is None else with_channels_last(dy)
        of_states = [self._of_final(part, like) for part, like in zip(of_finals, self.before, strict=True)]
        deltas = compiled.pooled_empty(self.gates, *self.gates.shape)
        packed = winograd.pack(self.w_hh, self.of_state, winograd.whole(self.size), back=True)
        for place in reversed(range(len(self.walk))):
            step = self.walk[place]
            rows, size = self._rows(step), self.call.sizes[step]
            alive = [part[:size] for part in of_states]
            tensors = self._tensors(step, None, *self._before(place))
            tensors += [None if dy is None else dy[rows], alive[0], alive[1] if len(alive) > 1 else None, deltas[rows]]
            compiled.extension.conv_step_backward(
                self._sizes(step), compiled.data_pointers(tensors), torch.get_num_threads()
            )
            is_read = place > 0 or needs[5]  # by an earlier step, or by whoever gave the first h
            if is_read:
                outputs = winograd.whole(self.size)
                winograd.convolve(deltas[rows], self.of_state, packed, None, alive[0], outputs, adds=True)
        states = [part.movedim(-1, 1) for part in of_states]
        of_source = self._of_source(deltas, needs)
        of_state = [self._of_state_weight(deltas) if needs[3] else None]
        if needs[4]:
            shared = of_source[2] if self.cell.sums_products else None  # the same sums
            of_state.append(self._of_state_bias(deltas) if shared is None else shared.clone())
        else:
            of_state.append(None)
        return [*of_source, *of_state, *states]

    def _of_final(self, gradient: Tensor | None, like: Tensor) -> Tensor:
        """Where the gradient of a state is carried back: (B, H, W, C), to be changed."""
        return torch.zeros_like(like) if gradient is None else with_channels_last(gradient).clone()

    def _of_source(self, deltas: Tensor, needs: Sequence[bool]) -> list[Tensor | None]:
        """Gradients of source, w_ih and b_ih."""
        if self.w_ih is None:
            return [deltas[..., : self.source.shape[-1]].movedim(-1, 1), None, None]
        inputs = winograd.whole(self.source.shape[-1])
        of_source, of_weight, of_bias = None, None, None
        if needs[0]:
            of_frames = compiled.pooled_empty(self.source, *self.source.shape)
            packed = winograd.pack(self.w_ih, self.of_input, inputs, back=True)
            winograd.convolve(deltas, self.of_input, packed, None, of_frames, inputs)
            of_source = of_frames.movedim(-1, 1)
        if needs[1] or needs[2]:
            of_weight, of_bias = winograd.gradients(self.source, inputs, deltas, self.of_input)
        return [of_source, of_weight, of_bias if self.b_ih is not None else None]

    def _of_state_weight(self, deltas: Tensor) -> Tensor:
        h, of_h = self._pairs(deltas)
        if not len(h):
            return torch.zeros_like(self.w_hh, memory_format=torch.contiguous_format)
        of_weight, _ = winograd.gradients(h, winograd.whole(self.size), of_h, self.of_state)
        return of_weight

    def _of_state_bias(self, deltas: Tensor) -> Tensor:
        sums = deltas.sum((0, 1, 2)).view(self.slots, self.size)
        return sums[list(self.of_state.blocks)].flatten()

    def _pairs(self, deltas: Tensor) -> tuple[Tensor, Tensor]:
        """All states before steps, and the deltas of these steps; without the first where it starts at zero."""
        sizes = self.call.sizes
        if self.starts_at_zero and sizes[0] == sizes[-1]:  # as they lie in memory
            later, earlier = slice(sizes[0], None), slice(0, len(deltas) - sizes[0])
            return (self.y[later], deltas[earlier]) if self.call.reverse else (self.y[earlier], deltas[later])
        pairs = [(self._before(place)[0], deltas[self._rows(step)]) for place, step in enumerate(self.walk)]
        known = [(h, of_step) for h, of_step in pairs if h is not None]
        if not known:
            return self.y[:0], deltas[:0]
        return torch.cat([h for h, _ in known]), torch.cat([of_step for _, of_step in known])
