"""The recurrent layer: a cell carried along a sequence, stacked, in one direction or two.

Each layer of the stack runs on one of three paths, with equal results: fused, on the compiled kernels, or native, on
PyTorch's own function (both in fused.py); or stepwise, in a loop over time in plain torch (stepwise.py).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from recurra.kernels import FusedCell
from recurra.nn import layout
from recurra.nn.cells import Cell
from recurra.nn.dropout import dropout_steps
from recurra.nn.layout import State
from recurra.nn.recurrent import cudnn, fused, native, settings, stepwise
from recurra.nn.recurrent.stream import RecurrentStream


class Recurrent(RecurrentStream):
    """Any cell, with the arguments, shapes and parameter names of torch.nn.LSTM, and more settings.

    Args:
        cell: a `Cell` class, or anything that makes a cell from `hidden_size` and `layer_norm=`.
        input_size: features I of each input step.
        hidden_size: units H.
        num_layers: recurrent layers, each reading the outputs of the one below.
        bias: whether the products have biases.
        batch_first: inputs and outputs are (B, T, F) instead of (T, B, F).
        dropout: probability of dropping the outputs of each layer but the last.
        bidirectional: a second set of weights reads from the last step to the first; outputs are 2 H wide.
        proj_size: if not 0, the output h is projected to this size (Sak et al., 2014).
        variational: `dropout` draws one mask for all steps (Gal and Ghahramani, 2016).
        weight_dropout: probability of dropping each recurrent weight, one mask a call (Merity et al., 2018).
        zoneout: probability that a unit keeps its last state (Krueger et al., 2017); one number, or one a state.
        layer_norm: normalise both products, and the LSTM's c before its tanh (Ba et al., 2016).
        residual: add a layer's input to its output wherever the two have the same width.
        orthogonal: start from orthogonal recurrent matrices, one a gate (Saxe et al., 2014).
        forget_bias: start from this forget-gate bias (1 is usual: Jozefowicz et al., 2015); None leaves PyTorch's.
        checkpoint_every: in training keep the states of every so many steps only and compute what lies between again
            for the gradients: less memory, more time, for very long sequences. 0 keeps every step.
        device, dtype: of the parameters.

    Without the settings from `variational` on, parameters start as PyTorch's do, from the same random numbers.
    """

    copies_output = True
    """Whether outputs that gradients are asked of may be changed in place, as those of torch.nn may: the backward pass
    then reads a copy of them. Set it to False on a layer whose outputs nobody changes: 1 or 2% of the time is saved."""

    def __init__(
        self,
        cell: Callable[..., Cell],
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        variational: bool = False,
        weight_dropout: float = 0.0,
        zoneout: float | tuple[float, ...] = 0.0,
        layer_norm: bool = False,
        residual: bool = False,
        orthogonal: bool = False,
        forget_bias: float | None = None,
        checkpoint_every: int = 0,
    ):
        super().__init__()
        settings.check_sizes(input_size, hidden_size, num_layers, proj_size)
        settings.check_training(dropout, weight_dropout, checkpoint_every)
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self.variational, self.weight_dropout = variational, weight_dropout
        self.layer_norm, self.residual = layer_norm, residual
        self.orthogonal, self.forget_bias = orthogonal, forget_bias
        self.checkpoint_every = checkpoint_every
        directions = ("", "_reverse") if bidirectional else ("",)
        self._suffixes = [f"_l{n}{direction}" for n in range(num_layers) for direction in directions]
        self.cells = nn.ModuleList(cell(hidden_size, layer_norm=layer_norm) for _ in self._suffixes)
        self.cells.to(device=device, dtype=dtype)
        self._state_shapes = settings.state_shapes(self._cell(0), proj_size)
        self.zoneout = settings.zoneout_by_state(zoneout, self.state_names)
        self._make_weights({"device": device, "dtype": dtype})
        self.reset_parameters()
        self.flatten_parameters()

    @property
    def mode(self) -> str:
        """The cell as torch.nn's layers name it: "LSTM", "GRU", "RNN_TANH", "RNN_RELU"; of another cell its class."""
        return fused.name_of(self._cell(0))

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: State | None = None,
        *,
        lengths: Tensor | None = None,
        embedding: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, State]:
        """Run over whole sequences.

        Args:
            input: (T, B, I), (B, T, I) with `batch_first`, (T, I) for one sequence, or a PackedSequence.
            hx: the state before the first step, each part (L D, B, H) for L layers of D directions, or what the cell
                declares after (L D, B); zeros when None.
            lengths: real steps of each sequence, (B,), in any order. Steps beyond give zeros and change nothing.
            embedding: vectors of symbols, (V, I). `input` then holds symbols, whole numbers below V, without the last
                dimension, and the result is that of `torch.nn.functional.embedding(input, embedding)`; where the
                symbols are few against the steps, such as characters, it comes sooner, since the products of each
                vector with the weights, and their gradients, are computed once.

        Returns:
            Outputs in the form of `input`, D H wide, and the state after the last real step.

        Raises:
            ValueError: a shape does not fit; the message says expected and got.
        """
        cell = fused.cell_of(self)
        if cell is not None and lengths is None and embedding is None:
            short = native.try_sequence(self, cell, input, hx)
            if short is not None:
                return short
        return self._run(input, hx, lengths, embedding, cell, None)

    def trace(
        self,
        input: Tensor | PackedSequence,
        hx: State | None = None,
        *,
        lengths: Tensor | None = None,
        embedding: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Give every state and gate of every step, layer and direction by name, for instance "f_l1_reverse".

        Arguments as of `forward`. Each value is laid out as a padded output is: (T, B, H), or (B, T, H) with
        `batch_first`. "output" is what `forward` returns, padded.
        """
        values: stepwise.Trace = {}
        output, _ = self._run(input, hx, lengths, embedding, None, values)
        if isinstance(output, PackedSequence):
            output, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=self.batch_first)
        unbatched = isinstance(input, Tensor) and input.dim() == (2 if embedding is None else 1)
        form = layout.Layout(self.batch_first, unbatched=unbatched)
        traced: dict[str, Any] = {name: layout.write(layout.Batch(value), form) for name, value in values.items()}
        return traced | {"output": output}

    def _run(
        self,
        x: layout.Output,
        hx: State | None,
        lengths: Tensor | None,
        embedding: Tensor | None,
        cell: FusedCell | None,
        trace: stepwise.Trace | None,
    ) -> tuple[layout.Output, State]:
        """Run layer over layer: fused or native where the kernels know the cell, and else stepwise."""
        batch, form = layout.read(x, lengths, self.batch_first, embedding)
        if batch.x.shape[-1] != self.input_size:
            raise ValueError(f"input: expected {self.input_size} features in each step, got {batch.x.shape[-1]}")
        if cell is None or self.residual or (self.checkpoint_every and torch.is_grad_enabled()):
            batch = batch.embedded()
        # packed, the kernels compute no step beyond a sequence's end; a loop over steps does better on padded ones
        batch = batch.padded() if cell is None else batch.unpadded()
        states = layout.read_state(hx, self._stacked_shapes(batch.size), batch, form.unbatched)
        if cell is not None and cudnn.runs(batch.x) and cudnn.runs_in_one_call(self, cell):
            batch = batch.embedded()
            batch.x, final = cudnn.run_stack(self, cell, batch, states)
            return layout.write(batch, form), layout.write_state([final], batch.inverse, form.unbatched)
        linked = None if cell is None else fused.try_linked(self, cell, batch, states)
        if linked is not None:
            batch.x, batch.symbols = linked[0], None
            finals = [linked[1]]
        else:
            finals = self._run_layers(cell, batch, states, trace)
        if cell is not None and self._must_copy(batch, form):
            batch.x = batch.x.clone()
        return layout.write(batch, form), layout.write_state(finals, batch.inverse, form.unbatched)

    def _run_layers(
        self, cell: FusedCell | None, batch: layout.Batch, states: list[Tensor], trace: stepwise.Trace | None
    ) -> list[tuple[Tensor, ...]]:
        """Run one layer after the other: `batch` holds the outputs then; the final states of each."""
        if cell is None:
            run_layer = partial(stepwise.run_layer, self, trace=trace)
        else:
            run_layer = partial(fused.run_layer, self, cell)
        finals = []
        for number in range(self.num_layers):
            y, final = run_layer(number, batch, states)  # (T, B, D H), or (N, D H) packed
            finals.append(final)
            if self.residual and y.shape == batch.x.shape:
                y = y + batch.x
            is_last = number == self.num_layers - 1
            batch.x, batch.symbols = y if is_last else self._dropped(y, batch), None
        return finals

    def _dropped(self, x: Tensor, batch: layout.Batch) -> Tensor:
        return dropout_steps(x, self.dropout, self.variational, batch.batch_sizes) if self.training else x

    def _must_copy(self, batch: layout.Batch, form: layout.Layout) -> bool:
        """Whether callers, who may change what they are given, would change what the backward pass reads."""
        is_read = batch.x.requires_grad or torch.jit._trace.is_tracing()
        is_padded_again = batch.batch_sizes is not None and form.packed is None  # which copies
        return self.copies_output and is_read and not is_padded_again

    def flatten_parameters(self) -> None:
        """Lay the weights in one piece of memory, where cuDNN will read them; done by itself when they are moved."""
        cell = fused.cell_of(self)
        if cell is not None:
            cudnn.flatten(self, cell)

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Self:
        """Move or convert the weights, as every module does: to a GPU, another type."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.flatten_parameters()
        return self

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Lay the weights of a copy, or of what was pickled, together again."""
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self.flatten_parameters()

    def extra_repr(self) -> str:
        """Show the settings that differ from the defaults."""
        return settings.described(vars(self))
