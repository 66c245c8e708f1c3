"""torch.nn.RNN, LSTM and GRU on the compiled kernels."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from recurra import kernels
from recurra.kernels import FUSED_CELLS, compiled
from recurra.nn import layout
from recurra.nn.accelerated_layers.base import Accelerated, is_watched


class _Sequence(Accelerated, nn.RNNBase):
    """One of torch's recurrent layers: fused where the kernels serve and gain, and else torch's own."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Run as torch's layer does: the same arguments, shapes, results and errors."""
        x = input.data if isinstance(input, PackedSequence) else input
        if type(x) is not Tensor or is_watched():
            return super().forward(input, hx)
        weights = self._current_weights()
        if self.mode != "LSTM" and self._is_short(input, x, weights):
            return super().forward(input, hx) if x is not input else self._run_native(x, hx, weights)
        initial = [] if hx is None else list(hx) if isinstance(hx, tuple | list) else [hx]
        bf16 = compiled.is_bf16_asked()
        if not self._serves(x, [*weights, *initial], compiled.serves_in_bf16 if bf16 else compiled.serves):
            return super().forward(input, hx)
        try:
            batch, form, states = self._read(input, hx)
        except ValueError:
            return super().forward(input, hx)  # which tells what is wrong in torch's words
        x_type = torch.bfloat16 if bf16 and self._halves(x) else torch.float32
        batch.x, finals = self._run(batch, weights, states, x_type)
        return layout.write(batch, form), layout.write_state(finals, batch.inverse, form.unbatched)

    def _is_short(self, input: Any, x: Tensor, weights: list[Tensor]) -> bool:
        """Whether torch's own function is the faster; `x` is `input`, or the rows of a PackedSequence."""
        if x is not input:
            steps = len(input.batch_sizes)
        elif (dimensions := x.dim()) < 2:
            return True  # torch says what is wrong
        else:
            steps = x.size(1) if self.batch_first and dimensions == 3 else x.size(0)
        cell = FUSED_CELLS[self.mode.lower()]
        if cell.short_sequences is None or steps > cell.short_sequences.most_steps:
            return False
        learns = torch.is_grad_enabled() and (x.requires_grad or weights[0].requires_grad)
        rows = x.numel() // self.input_size
        return kernels.is_short(cell, steps, rows, self.input_size, self.hidden_size, learns)

    def _run_native(self, x: Tensor, hx: Any, weights: list[Tensor]) -> Any:
        """Run torch's own function without the questions of torch's `forward`, which cost as much as a few steps."""
        if x.dim() != 3 or x.size(2) != self.input_size or x.dtype is not weights[0].dtype:
            return super().forward(x, hx)
        directions = 2 if self.bidirectional else 1
        shape = self.num_layers * directions, x.size(0 if self.batch_first else 1), self.hidden_size
        if hx is None:
            hx = torch.zeros(shape, dtype=x.dtype, device=x.device)
        elif type(hx) is not Tensor or hx.shape != shape:
            return super().forward(x, hx)  # which tells what is wrong
        settings = self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, self.batch_first
        run: Any = FUSED_CELLS[self.mode.lower()].torch_sequence
        return run(x, hx, weights, *settings)

    def _halves(self, x: Tensor) -> bool:
        """Whether torch's own layer, where it multiplies bfloat16 numbers, gives such numbers."""
        return self.mode != "GRU" or x.dtype is torch.bfloat16

    def _current_weights(self) -> list[Tensor]:
        """The weights as torch's layer lists them, brought up to date as it does."""
        flat: list[Any] = self._flat_weights
        parameters = self._parameters
        for name, weight in zip(self._flat_weights_names, flat, strict=True):
            if parameters.get(name) is not weight:  # replaced, pruned, or computed at each call
                self._update_flat_weights()
                flat = self._flat_weights
                break
        return flat

    def _read(self, input: Any, hx: Any) -> tuple[layout.Batch, layout.Layout, list[Tensor]]:
        """Bring the arguments to one form; a ValueError where torch would refuse them."""
        batch, form = layout.read(input, None, self.batch_first)
        size = (self.num_layers * (2 if self.bidirectional else 1), batch.size)
        shapes: dict[str, tuple[int, ...]] = {"h": (*size, self.proj_size or self.hidden_size)}
        if self.mode == "LSTM":
            shapes["c"] = (*size, self.hidden_size)
        if hx is not None and isinstance(hx, tuple | list) != ("c" in shapes):
            raise ValueError("expected another kind of state")
        parts = [] if hx is None else [hx] if len(shapes) == 1 else hx
        if batch.x.shape[-1] != self.input_size or any(part.dim() != 3 - form.unbatched for part in parts):
            raise ValueError("expected other shapes")
        return batch, form, layout.read_state(hx, shapes, batch, form.unbatched)

    def _run(
        self, batch: layout.Batch, weights: list[Tensor], states: list[Tensor], dtype: torch.dtype
    ) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """Run the layers one over the other; outputs and the final states of each, in a type."""
        x, finals = batch.x, []
        directions = 2 if self.bidirectional else 1
        count = len(weights) // self.num_layers
        for n in range(self.num_layers):
            part = slice(n * directions, (n + 1) * directions)
            x, final = kernels.sequence(
                FUSED_CELLS[self.mode.lower()],
                F.dropout(x, self.dropout) if n and self.training and self.dropout else x,
                batch.batch_sizes,
                weights[n * count : (n + 1) * count],
                tuple(state[part] for state in states),
                bias=self.bias,
                bidirectional=self.bidirectional,
                training=self.training,
            )
            finals.append(final)
        if dtype is not x.dtype:
            return x.to(dtype), [tuple(part.to(dtype) for part in final) for final in finals]
        # the backward pass reads x, and torch's callers may change the outputs that they get
        return x.clone() if x.requires_grad else x, finals


class AcceleratedRNN(_Sequence, nn.RNN, stands_for=nn.RNN):
    """torch.nn.RNN on the compiled kernels."""


class AcceleratedLSTM(_Sequence, nn.LSTM, stands_for=nn.LSTM):
    """torch.nn.LSTM on the compiled kernels."""


class AcceleratedGRU(_Sequence, nn.GRU, stands_for=nn.GRU):
    """torch.nn.GRU on the compiled kernels."""
