"""A stream: the stack carried on one step at a time, over packed weights or the weights as they are."""

from typing import Any

import torch
from torch import Tensor

from recurra import kernels
from recurra.kernels import FusedCell, compiled, reduced_precision, stream_step
from recurra.kernels.compiled_stack import CompiledStack
from recurra.nn import layout
from recurra.nn.layout import State
from recurra.nn.recurrent import fused, native, stepwise
from recurra.nn.recurrent.weights import RecurrentWeights

_UNPACKED = "with layer norm, zoneout, a projection or a cell that the kernels do not know"


class RecurrentStream(RecurrentWeights):
    """What `Recurrent` does with a stream."""

    _packed: CompiledStack | None = None  # the layer's own weights, as they were at the last step

    def step(
        self, x: Tensor, state: State | None = None, weights: stream_step.Stack | None = None
    ) -> tuple[Tensor, State]:
        """Carry a stream one step on; nothing is dropped at random, whatever the mode.

        Under `torch.no_grad()` small weights are packed at the first step and again when any of their numbers has
        changed. `pack` saves that look at all of them, and serves large weights too.

        Args:
            x: (B, I), or (I,) for one stream.
            state: what the last call returned; None at the start.
            weights: what `pack` returned, to be used instead of the layer's own weights, without gradients.

        Returns:
            Output (B, H) or (H,), and the state to give to the next call, shaped as that of `forward`.

        Raises:
            ValueError: the layer is bidirectional, so a step would have to know the future; or a shape does not fit.
        """
        if self.bidirectional:
            raise ValueError("step: expected a layer of one direction; a bidirectional one needs the whole sequence")
        cell = None
        if weights is None:
            cell = self._cell_of_step()
            weights = None if cell is None else self._packed_weights(cell, x)
        fast = None
        if weights is not None:
            fast = weights.try_fast_step(x, state)
        elif cell is not None:
            fast = native.try_step(self, cell, x, state)
        return self._checked_step(x, state, weights) if fast is None else fast

    def zero_state(self, batch: int) -> State:
        """The state before anything was read, in the form that `step` returns, of so many streams."""
        like = next(self.parameters())
        zeros = tuple(like.new_zeros(shape) for shape in self._stacked_shapes(batch).values())
        return zeros if len(zeros) > 1 else zeros[0]

    def pack(self, batch_invariant: bool = False, dtype: torch.dtype | None = None) -> stream_step.Stack | None:
        """Pack a copy of the weights for steps; None where that is not possible. `step` does so by itself.

        Args:
            batch_invariant: whether a stream's numbers are to be the same bits whatever streams stand beside it; where
                the compiled kernels serve they are then (`is_batch_invariant` of what is returned), up to 3 streams
                being somewhat slower.
            dtype: torch.int8 or torch.bfloat16 packs weights of fewer bits, over which a step of few streams is two to
                four times as fast (`kernels.reduced_torch` says how they are computed with); states and outputs stay
                float32, and are the same bits on every processor and whatever streams stand beside a stream. None for
                the weights as they are, or as `kernels.reduced_precision` asks for.

        Raises:
            ValueError: such weights are asked for of a layer that has no packed step.
        """
        cell, precision = self._cell_of_step(), reduced_precision.active()
        if cell is None:
            if dtype is not None:
                raise ValueError(f"pack: expected a layer with packed steps for {dtype}, got one {_UNPACKED}")
            return None
        if dtype is None and precision is not None:
            return precision.stack(cell, self.all_weights, self.residual)
        return stream_step.pack(cell, self.all_weights, self.residual, batch_invariant, dtype)

    @property
    def has_packed_step(self) -> bool:
        """Whether weights can be packed for steps in either direction."""
        return self._cell_of_step() is not None

    def _cell_of_step(self) -> FusedCell | None:
        return None if self.proj_size else fused.cell_of(self)

    def _packed_weights(self, cell: FusedCell, x: Tensor) -> stream_step.Stack | None:
        """The weights as they are now, packed anew when they have changed.

        None where gradients may be asked for, and where to look at all numbers of the weights costs more than packed
        weights bring.
        """
        if torch.is_grad_enabled() or compiled.traced(x):
            return None
        precision = reduced_precision.active()
        if precision is not None:
            return precision.stack(cell, self.all_weights, self.residual)
        if not compiled.enabled():
            return None
        streams = len(x) if x.dim() == 2 else 1
        if not stream_step.is_worth_checking(cell, self._weight_count, streams):
            return None
        weights = [weight for weight in self._parameters.values() if weight is not None]
        if len(weights) != len(self._flat_names):
            return None  # pruned, or computed at each call
        if self._packed is None or not self._packed.is_of(weights):
            fresh = self.pack()
            self._packed = fresh if isinstance(fresh, CompiledStack) else None
        return self._packed

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is packed for this process."""
        return self.__dict__ | {"_packed": None}

    def _checked_step(self, x: Tensor, state: State | None, weights: stream_step.Stack | None) -> tuple[Tensor, State]:
        """A step that checks its arguments first; over packed weights, or else differentiable."""
        if x.dim() not in (1, 2) or x.shape[-1] != self.input_size:
            raise ValueError(f"step: expected (B, {self.input_size}) or ({self.input_size},), got {tuple(x.shape)}")
        layout.require_type("step", [x], next(self.parameters(), x), "the weights are")
        unbatched = x.dim() == 1
        x = x.unsqueeze(0) if unbatched else x  # (B, I)
        states = layout.read_state(state, self._stacked_shapes(len(x)), layout.Batch(x.unsqueeze(0)), unbatched)
        if weights is not None:
            y, final = weights.step(x, states)
            finals = [final]
        else:
            y, finals = self._differentiable_step(x, states)
        return y.squeeze(0) if unbatched else y, layout.write_state(finals, None, unbatched)

    def _differentiable_step(self, x: Tensor, states: list[Tensor]) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """A step over the layer's own weights: x (B, I), states (L, B, ...); the output, the states layer by layer."""
        cell = self._cell_of_step()
        finals = []
        for index in range(self.num_layers):
            before = tuple(part[index] for part in states)  # (B, ...)
            weights = self._weights(index)
            if cell is not None:
                new = kernels.step(cell, x, before, weights if self.bias else [*weights, None, None])
            else:
                new = stepwise.run_step(self, index, x, before, weights)
            finals.append(tuple(part.unsqueeze(0) for part in new))  # (1, B, ...)
            x = new[0] + x if self.residual and new[0].shape == x.shape else new[0]
        return x, finals
