"""A stack's weights packed by the compiled kernels: steps of streams, and, in fewer bits, whole sequences."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import embedding

from recurra.kernels import arguments, compiled
from recurra.kernels.fused_cells import FusedCell
from recurra.kernels.reduced_types import precision_name
from recurra.kernels.weight_cache import checksum

State = Tensor | tuple[Tensor, ...]


class CompiledStack:
    """Weights of a stack in the compiled kernels' form; a copy, which later changes of them do not reach.

    `is_of` says whether some weights are still those that were packed.
    """

    dtype = torch.float32  # that of the weights

    def __init__(
        self,
        cell: FusedCell,
        layers: Sequence[Sequence[Tensor]],
        residual: bool,
        batch_invariant: bool = False,
    ):
        self.layers, self.is_batch_invariant = len(layers), batch_invariant
        self.input_size, self.hidden_size = layers[0][0].shape[1], layers[0][1].shape[1]
        self._has_memory = cell.has_memory
        self._known: Tensor | None = None  # (V, I) the inputs of `step_known`
        self._output_is_h = not residual or (self.layers == 1 and self.input_size != self.hidden_size)
        weights = [weight for of_layer in layers for weight in of_layer]
        pointers: list[int] = []
        for of_layer in layers:
            without_bias = [None] * (4 - len(of_layer))
            pointers += compiled.data_pointers([*of_layer, *without_bias])  # w_ih, w_hh, b_ih, b_hh
        self._forms = _forms(weights)
        self._checksum = checksum(weights)  # before packing: a change that another thread makes meanwhile is then seen
        self._stack = self._pack(cell, pointers, residual)

    def _pack(self, cell: FusedCell, pointers: list[int], residual: bool) -> "compiled.extension.PackedStack":
        sizes = cell.number, self.input_size, self.hidden_size
        return compiled.extension.PackedStack(*sizes, pointers, residual, self.is_batch_invariant)

    def is_of(self, weights: Sequence[Tensor]) -> bool:
        """Whether `weights`, layer by layer, hold the numbers that were packed; all of them are looked at."""
        return _forms(weights) == self._forms and checksum(weights) == self._checksum

    def try_fast_step(self, x: Tensor, state: State | None) -> tuple[Tensor, State] | None:
        """Take a step in the forms of `x` and `state` that `Recurrent.step` has; None where they need a closer look."""
        *batch, features = x.shape
        if features != self.input_size or len(batch) > 1 or not _is_plain(x):
            return None
        shape = (self.layers, *batch, self.hidden_size)
        if state is None:
            h = x.new_zeros(shape)
            c = h if self._has_memory else None
        elif self._has_memory and len(state) == 2:
            h, c = state
        elif not self._has_memory and isinstance(state, Tensor):
            h, c = state, None
        else:
            return None
        if h.shape != shape or not _is_plain(h) or (c is not None and (c.shape != shape or not _is_plain(c))):
            return None
        y, h, c = self._run(batch[0] if batch else 1, x, h, c)
        return y, h if c is None else (h, c)

    def step(self, x: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run one step of all layers: x (B, I), states (L, B, H) each; returns the output and the new states."""
        if x.dim() != 2 or x.shape[1] != self.input_size:
            raise ValueError(f"packed step: x: expected (B, {self.input_size}), got {tuple(x.shape)}")
        h, c = self._checked_states(len(x), states, x)
        y, h, c = self._run(len(x), compiled.in_memory(x), h, c)
        return y, (h,) if c is None else (h, c)

    def know_inputs(self, vectors: Tensor) -> None:
        """Multiply all inputs that there will be, such as the vectors of symbols, for `step_known`.

        Args:
            vectors: (V, I) of float32; (V, G H) products of them are kept.
        """
        if not _is_plain(vectors) or vectors.dim() != 2 or vectors.shape[1] != self.input_size or not len(vectors):
            raise ValueError(
                f"known inputs: expected (V, {self.input_size}) of float32 on the CPU, contiguous, "
                f"got {tuple(vectors.shape)} of {vectors.dtype}"
            )
        self._stack.know_inputs(vectors.data_ptr(), len(vectors))
        self._known = vectors.detach().clone()

    def step_known(self, symbols: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """As `step` with rows of the known inputs as x, to the same bits where the stack is batch-invariant.

        Args:
            symbols: (B,) of int64, the number of each stream's row.
            states: (L, B, H) each.

        Raises:
            ValueError: a shape or type does not fit.
            IndexError: there is no such row.
        """
        if self._known is None:
            raise ValueError("packed step: expected inputs that are known; `know_inputs` comes first")
        arguments.require_whole("packed step", "symbols", symbols)
        arguments.require_shape("packed step", "symbols", symbols, (symbols.numel(),))
        h, c = self._checked_states(len(symbols), states)
        symbols = symbols.contiguous()
        x = None if self._output_is_h else embedding(symbols, self._known)  # (B, I), which a residual connection reads
        y, h, c = self._run(len(symbols), x, h, c, symbols)
        return y, (h,) if c is None else (h, c)

    def _checked_states(
        self, batch: int, states: Sequence[Tensor], x: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The states where a kernel reads them, once they and x are what it expects."""
        arguments.require_count("packed step", "states", states, 2 if self._has_memory else 1)
        numbers = dict(zip(("h", "c"), states, strict=False)) | ({} if x is None else {"x": x})
        if not arguments.is_served("packed step", numbers):
            raise ValueError(f"packed step: expected float32 on the CPU, as the weights are, got {states[0].dtype}")
        for name, state in zip(("h", "c"), states, strict=False):
            arguments.require_shape("packed step", name, state, (self.layers, batch, self.hidden_size))
        return compiled.in_memory(states[0]), compiled.in_memory(states[1]) if self._has_memory else None

    def _run(
        self, batch: int, x: Tensor | None, h: Tensor, c: Tensor | None, symbols: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        if torch.is_grad_enabled() and any(part is not None and part.requires_grad for part in (x, h, c)):
            raise ValueError("packed step: expected no gradients to be asked for; step without packed weights for them")
        h_out = torch.empty_like(h)
        y = None if self._output_is_h else h.new_empty((*h.shape[1:-1], self.hidden_size))
        y_pointer = 0 if y is None else y.data_ptr()
        if c is None:
            pointers = h.data_ptr(), 0, h_out.data_ptr(), 0, y_pointer
            c_out = None
        else:
            c_out = torch.empty_like(c)
            pointers = h.data_ptr(), c.data_ptr(), h_out.data_ptr(), c_out.data_ptr(), y_pointer
        x_pointer = 0 if x is None else x.data_ptr()
        if symbols is None:
            self._stack.step(batch, x_pointer, *pointers, torch.get_num_threads())
        else:
            self._stack.step_known(batch, symbols.data_ptr(), x_pointer, *pointers, torch.get_num_threads())
        return h_out[-1] if y is None else y, h_out, c_out


class CompiledReducedStack(CompiledStack):
    """The same over weights of fewer bits."""

    def __init__(self, cell: FusedCell, layers: Sequence[Sequence[Tensor]], residual: bool, dtype: torch.dtype):
        self.dtype = dtype
        super().__init__(cell, layers, residual, batch_invariant=True)

    def _pack(self, cell: FusedCell, pointers: list[int], residual: bool) -> "compiled.extension.PackedStack":
        sizes = cell.number, self.input_size, self.hidden_size
        self._reduced = compiled.extension.ReducedStack(precision_name(self.dtype), *sizes, pointers, residual)
        return self._reduced

    def sequence(
        self, rows: Tensor, sizes: Tensor, states: Sequence[Tensor], backwards: bool = False
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run the first layer over whole sequences, to the bits of its steps.

        Args:
            rows: (N, I), those of the first step, then those of the second, ...
            sizes: sequences at each step, (T,), as in a PackedSequence; sums to N.
            states: (1, B, H) each, before the first step read.
            backwards: whether the last step is read first.

        Returns:
            Outputs (N, H) and the states then.
        """
        arguments.require_shape("packed sequence", "x", rows, (len(rows), self.input_size))
        arguments.require_whole("packed sequence", "sizes", sizes)
        if int(sizes.sum()) != len(rows):
            raise ValueError(f"packed sequence: sizes: expected {len(rows)} in all, got {int(sizes.sum())}")
        batch = states[0].shape[1]
        after = [state.clone() for state in self._checked_states(batch, states, rows) if state is not None]
        y = rows.new_empty((len(rows), self.hidden_size))
        rows, sizes = compiled.in_memory(rows), sizes.contiguous()
        h, c = after[0].data_ptr(), after[1].data_ptr() if self._has_memory else 0
        if len(rows):
            addresses = rows.data_ptr(), sizes.data_ptr(), len(sizes), batch, backwards, h, c, y.data_ptr()
            self._reduced.sequence(*addresses, torch.get_num_threads())
        return y, tuple(after)


def _forms(weights: Sequence[Tensor]) -> list[tuple[object, ...]]:
    """What says how each tensor's numbers are to be read."""
    return [(w.shape, w.dtype, w.is_cpu, w.is_contiguous(), w.is_neg()) for w in weights]


def _is_plain(t: Tensor) -> bool:
    return t.dtype is torch.float32 and t.is_cpu and t.is_contiguous() and not t.is_neg()
