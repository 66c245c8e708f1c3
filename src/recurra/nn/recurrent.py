"""The recurrent layer: a cell carried along a sequence, stacked, in one direction or two."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from recurra import kernels
from recurra.kernels import FUSED_CELLS, FusedCell, compiled, native, reference, stream_step
from recurra.nn import cells, checkpointing, layout
from recurra.nn.cells import Cell, GRUCell, LSTMCell, ReLUCell, RNNCell
from recurra.nn.dropout import dropout, dropout_steps
from recurra.nn.layout import State
from recurra.nn.plain import PlainLayer
from recurra.nn.weights import RecurrentWeights

_FUSED: dict[type[Cell], FusedCell] = {getattr(cells, fused.layer_cell): fused for fused in FUSED_CELLS.values()}
"""Of each cell that the kernels know their record of it."""


class Recurrent(RecurrentWeights):
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
        device: Any = None,
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
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if size < 1:
                raise ValueError(f"{name}: expected at least 1, got {size}")
        for name, p in (("dropout", dropout), ("weight_dropout", weight_dropout)):
            if not 0 <= p <= 1:
                raise ValueError(f"{name}: expected a probability in 0..1, got {p}")
        if checkpoint_every < 0:
            raise ValueError(f"checkpoint_every: expected a number of steps, or 0 for none, got {checkpoint_every}")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(f"proj_size: expected less than hidden_size {hidden_size}, got {proj_size}")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self.variational, self.weight_dropout = variational, weight_dropout
        self.layer_norm, self.residual = layer_norm, residual
        self.orthogonal, self.forget_bias = orthogonal, forget_bias
        self.checkpoint_every = checkpoint_every
        self._suffixes = [f"_l{n}{d}" for n in range(num_layers) for d in ("", "_reverse")[: self.num_directions]]
        self.cells = nn.ModuleList(cell(hidden_size, layer_norm=layer_norm) for _ in self._suffixes)
        if proj_size and not self._cell(0).projectable:
            raise ValueError(f"proj_size: expected 0 for {type(self._cell(0)).__name__}, got {proj_size}")
        self.zoneout = self._zoneout_by_state(zoneout)
        self._kept: stream_step.CompiledStack | None = None
        self._make_weights({"device": device, "dtype": dtype})
        self.reset_parameters()

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the carried states, in the order in which they are taken and returned."""
        return self._cell(0).states

    @property
    def mode(self) -> str:
        """The cell as torch.nn's layers name it: "LSTM", "GRU", "RNN_TANH", "RNN_RELU"; of another cell its class."""
        cell = type(self._cell(0))
        return _FUSED[cell].name.upper() if cell in _FUSED else cell.__name__

    def _zoneout_by_state(self, zoneout: float | tuple[float, ...]) -> dict[str, float]:
        names = self.state_names
        values = tuple(zoneout) if isinstance(zoneout, tuple | list) else (zoneout,) * len(names)
        if len(values) != len(names) or not all(0 <= p <= 1 for p in values):
            raise ValueError(f"zoneout: expected a probability for each of {names}, got {zoneout}")
        return dict(zip(names, values, strict=True))

    # --- sequences -------------------------------------------------------------------------------------------------

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
            hx: the given state, each part (L D, B, H) for L layers of D directions; zeros when None.
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
        if lengths is None and embedding is None and (done := self._try_native_stack(input, hx)) is not None:
            return done
        return self._run(input, hx, lengths, embedding, None)

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
        record: dict[str, Tensor] = {}
        output, _ = self._run(input, hx, lengths, embedding, record)
        if isinstance(output, PackedSequence):
            output, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=self.batch_first)
        unbatched = isinstance(input, Tensor) and input.dim() == (2 if embedding is None else 1)
        form = layout.Layout(self.batch_first, unbatched=unbatched)
        named = {name: layout.write(layout.Batch(value), form) for name, value in record.items()}
        return named | {"output": output}  # type: ignore[return-value]

    def _run(
        self,
        x: layout.Output,
        hx: State | None,
        lengths: Tensor | None,
        embedding: Tensor | None,
        record: dict[str, Tensor] | None,
    ) -> tuple[layout.Output, State]:
        batch, form = layout.read(x, lengths, self.batch_first, embedding)
        if batch.x.shape[-1] != self.input_size:
            raise ValueError(f"input: expected {self.input_size} features in each step, got {batch.x.shape[-1]}")
        is_known = self._fused_cell() is not None and record is None
        if not is_known or self.residual or self._checkpoints():
            batch = batch.embedded()
        batch = batch.unpadded() if is_known else batch.padded()
        states = self._read_state(hx, batch, form.unbatched)
        run_layer = self._known_layer if is_known else partial(self._reference_layer, record=record)
        finals = []
        for layer in range(self.num_layers):
            above, final = run_layer(layer, batch, states)
            finals.append(final)
            if self.residual and above.shape == batch.x.shape:
                above = above + batch.x
            batch.x, batch.symbols = self._drop(above, batch) if layer < self.num_layers - 1 else above, None
        is_read = above.requires_grad or torch.jit._trace.is_tracing()
        if self.copies_output and is_known and is_read and (batch.batch_sizes is None or form.packed is not None):
            batch.x = above.clone()  # the backward pass reads `above`; callers may change what they were given
        final_state = layout.write_state(finals, batch.inverse, form.unbatched)
        return layout.write(batch, form), final_state

    def _try_native_stack(self, x: Any, hx: Any) -> tuple[Tensor, State] | None:
        """Run PyTorch's own function over all layers at once where a sequence is so short that questions cost most.

        None where it is not, and where anything is not as that function takes it: `_run` then says what is wrong.
        """
        if type(x) is not Tensor or x.dim() != 3 or (self.training and (self.dropout or self.weight_dropout)):
            return None
        cell = self._fused_cell()
        if cell is None or cell.short_sequences is None or self.residual or self.checkpoint_every:
            return None
        steps, batch, features = x.shape
        if self.batch_first:
            steps, batch = batch, steps
        if steps > cell.short_sequences.most_steps or features != self.input_size or not batch or compiled.traced(x):
            return None
        weights = self._flat_weights
        learns = torch.is_grad_enabled() and (x.requires_grad or weights[0].requires_grad)
        if x.dtype is not weights[0].dtype:
            return None
        if not kernels.is_short(cell, steps, steps * batch, features, self.hidden_size, learns):
            return None
        shape = len(self._suffixes), batch, self.hidden_size
        if hx is None:
            hx = x.new_zeros(shape)
        elif type(hx) is not Tensor or hx.shape != shape or hx.dtype is not x.dtype:
            return None
        return native.stack(
            cell,
            x,
            hx,
            weights,
            bias=self.bias,
            layers=self.num_layers,
            training=self.training,
            bidirectional=self.bidirectional,
            batch_first=self.batch_first,
        )

    def _fused_cell(self) -> FusedCell | None:
        """The cell as the kernels know it; None for a layer that runs step by step in plain torch."""
        if self.layer_norm or any(self.zoneout.values()):
            return None
        fused = _FUSED.get(type(self._cell(0)))
        return None if fused is None or (self.proj_size and not fused.is_projectable) else fused

    def _known_layer(self, layer: int, batch: layout.Batch, states: list[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        part = self._layer_part(layer)
        weights = [self._dropped_weights(suffix) for suffix in self._suffixes[part]]
        layout.require_type("input", [batch.x], weights[0][0], "the weights are")
        given = tuple(states if self.num_layers == 1 else [state[part] for state in states])
        if not self._checkpoints():
            flat = [weight for own in weights for weight in own]
            return self._known_rows(batch.x, batch.batch_sizes, given, flat, self.bidirectional, batch.symbols)
        outputs, finals = [], []
        for direction, own in enumerate(weights):
            x = checkpointing.backwards(batch.x, batch.batch_sizes) if direction else batch.x
            state = tuple(s[direction : direction + 1] for s in given)
            y, final = checkpointing.rows(self._known_rows, x, batch.batch_sizes, state, own, self.checkpoint_every)
            outputs.append(checkpointing.backwards(y, batch.batch_sizes) if direction else y)
            finals.append(final)
        return torch.cat(outputs, -1), tuple(torch.cat(parts) for parts in zip(*finals, strict=True))

    def _known_rows(
        self,
        x: Tensor,
        batch_sizes: Tensor | None,
        states: tuple[Tensor, ...],
        weights: Sequence[Tensor],
        bidirectional: bool = False,
        symbols: Tensor | None = None,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        how = {"bias": self.bias, "bidirectional": bidirectional, "training": self.training}
        fused = self._fused_cell()
        assert fused is not None, "asked to run fused what runs step by step"
        return kernels.sequence(fused, x, batch_sizes, weights, states, **how, symbols=symbols)

    def _checkpoints(self) -> bool:
        return bool(self.checkpoint_every) and torch.is_grad_enabled()

    def _reference_layer(
        self, layer: int, batch: layout.Batch, states: list[Tensor], record: dict[str, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        outputs, finals = [], []
        for index in range(self.num_layers * self.num_directions)[self._layer_part(layer)]:
            suffix = self._suffixes[index]
            steps: reference.Record | None = None if record is None else {}
            weights = self._dropped_weights(suffix)
            layout.require_type("input", [batch.x], weights[0], "the weights are")
            state = {name: part[index] for name, part in zip(self.state_names, states, strict=True)}
            reverse = index % self.num_directions == 1
            run = partial(self._plain(index, weights, self.training).run, reverse=reverse, record=steps)
            if self._checkpoints() and record is None:
                output, final = checkpointing.padded(run, batch.x, state, batch.lengths, self.checkpoint_every, reverse)
            else:
                output, final = run(batch.x, state, batch.lengths)
            if record is not None:
                record |= {name + suffix: torch.stack(values) for name, values in (steps or {}).items()}
            outputs.append(output)
            finals.append(final)
        stacked = tuple(torch.stack([final[name] for final in finals]) for name in self.state_names)
        return torch.cat(outputs, -1), stacked

    def _plain(self, index: int, weights: list[Tensor], training: bool) -> PlainLayer:
        suffix = self._suffixes[index]
        norms = None
        if self.layer_norm:
            norms = self.get_submodule("norm_ih" + suffix), self.get_submodule("norm_hh" + suffix)
        cell, project = self._cell(index), bool(self.proj_size)
        return PlainLayer(cell, weights, self.bias, project, norms, self.zoneout, training)

    def _layer_part(self, layer: int) -> slice:
        return slice(layer * self.num_directions, (layer + 1) * self.num_directions)

    def _dropped_weights(self, suffix: str) -> list[Tensor]:
        weights = self._weights(suffix)
        if self.weight_dropout and self.training:
            weights[1] = dropout(weights[1], self.weight_dropout)
        return weights

    def _drop(self, x: Tensor, batch: layout.Batch) -> Tensor:
        return dropout_steps(x, self.dropout, self.variational, batch.batch_sizes) if self.training else x

    # --- one step --------------------------------------------------------------------------------------------------

    def _fused_step_cell(self) -> FusedCell | None:
        return None if self.proj_size else self._fused_cell()

    def pack(self) -> stream_step.Stack | None:
        """Pack a copy of the weights for steps; None where that is not possible. `step` does so by itself."""
        fused = self._fused_step_cell()
        return None if fused is None else stream_step.pack(fused, self.all_weights, self.residual)

    def _packed_now(self, x: Tensor) -> stream_step.CompiledStack | None:
        """The weights as they are now, packed anew when they have changed; None where gradients may be asked for.

        All their numbers are looked at; None too where that costs more than packed weights bring.
        """
        if torch.is_grad_enabled() or not compiled.enabled() or compiled.traced(x):
            return None
        cell, streams = self._fused_step_cell(), len(x) if x.dim() == 2 else 1
        if cell is None or not stream_step.is_worth_checking(cell, self._weight_count, streams):
            return None
        weights = [weight for weight in self._parameters.values() if weight is not None]
        if len(weights) != len(self._suffixes) * (4 if self.bias else 2):
            return None  # projected, pruned or computed at each call
        if self._kept is None or not self._kept.is_of(weights):
            fresh = self.pack()
            self._kept = fresh if isinstance(fresh, stream_step.CompiledStack) else None
        return self._kept

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is packed for this process."""
        return self.__dict__ | {"_kept": None}

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
        weights = self._packed_now(x) if weights is None else weights
        if weights is not None and (done := weights.try_fast_step(x, state)) is not None:
            return done
        if weights is None and (done := self._try_native_step(x, state)) is not None:
            return done
        if x.dim() not in (1, 2) or x.shape[-1] != self.input_size:
            raise ValueError(f"step: expected (B, {self.input_size}) or ({self.input_size},), got {tuple(x.shape)}")
        layout.require_type("step", [x], next(self.parameters(), x), "the weights are")
        unbatched = x.dim() == 1
        x = x.unsqueeze(0) if unbatched else x
        states = self._read_state(state, layout.Batch(x.unsqueeze(0)), unbatched)
        if weights is not None:
            x, final = weights.step(x, states)
            finals = [final]
        else:
            x, finals = self._open_step(x, states)
        return x.squeeze(0) if unbatched else x, layout.write_state(finals, None, unbatched)

    def _try_native_step(self, x: Tensor, state: State | None) -> tuple[Tensor, State] | None:
        """Take a step by PyTorch's functions over the weights as they are, asking as little as can be.

        None where the layer or the arguments need a closer look; `step` then says what is wrong.
        """
        cell = self._fused_step_cell()
        *batch, features = x.shape
        if cell is None or cell.torch_step is None or self.residual or features != self.input_size or len(batch) > 1:
            return None
        weights, form = self._flat_weights, (len(self._suffixes), *batch, self.hidden_size)
        if state is None:
            states = (x.new_zeros(form),) * len(cell.states)
        else:
            states = state if isinstance(state, tuple) else (state,)
        if len(states) != len(cell.states) or x.dtype is not weights[0].dtype:
            return None
        if any(type(part) is not Tensor or part.shape != form or part.dtype is not x.dtype for part in states):
            return None
        y, new = native.stack_step(cell, x, states, weights, bias=self.bias)
        return y, new if len(new) > 1 else new[0]

    def _open_step(self, x: Tensor, states: list[Tensor]) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """A step over the layer's own weights, differentiable in them."""
        fused = self._fused_step_cell()
        finals = []
        for index, suffix in enumerate(self._suffixes):
            previous = tuple(part[index] for part in states)
            own = self._weights(suffix)
            if fused is not None:
                new = kernels.step(fused, x, previous, own if self.bias else [*own, None, None])
            else:
                state = dict(zip(self.state_names, previous, strict=True))
                new = tuple(self._plain(index, own, training=False).step(x, state).values())
            finals.append(tuple(part.unsqueeze(0) for part in new))
            x = new[0] + x if self.residual and new[0].shape == x.shape else new[0]
        return x, finals

    # --- state -----------------------------------------------------------------------------------------------------

    def _read_state(self, hx: State | None, batch: layout.Batch, unbatched: bool) -> list[Tensor]:
        count, size = len(self._suffixes), batch.size
        shapes = dict.fromkeys(self.state_names, (count, size, self.hidden_size))
        if self.proj_size:
            shapes["h"] = (count, size, self.proj_size)
        return layout.read_state(hx, shapes, batch, unbatched)

    def extra_repr(self) -> str:
        """Show the settings that differ from the defaults."""
        shown = [f"{self.input_size}, {self.hidden_size}"]
        plain: dict[str, Any] = {
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        plain |= {"proj_size": 0, "variational": False, "weight_dropout": 0.0, "zoneout": (0.0,) * len(self.zoneout)}
        plain |= {"layer_norm": False, "residual": False, "orthogonal": False, "forget_bias": None}
        plain |= {"checkpoint_every": 0}
        now = vars(self) | {"zoneout": tuple(self.zoneout.values())}
        shown += [f"{name}={now[name]}" for name, value in plain.items() if now[name] != value]
        return ", ".join(shown)


class RNN(Recurrent):
    """The simple recurrent network; as torch.nn.RNN, with the further settings of `Recurrent`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *args: Any,
        **more: Any,
    ):
        cells = {"tanh": RNNCell, "relu": ReLUCell}
        if nonlinearity not in cells:
            raise ValueError(f"nonlinearity: expected one of {sorted(cells)}, got {nonlinearity!r}")
        super().__init__(cells[nonlinearity], input_size, hidden_size, num_layers, *args, **more)
        if self.proj_size:
            raise ValueError("proj_size: expected 0 for RNN; only an LSTM or a cell of your own projects")
        self.nonlinearity = nonlinearity


class LSTM(Recurrent):
    """Long short-term memory; as torch.nn.LSTM, with the further settings of `Recurrent`."""

    def __init__(self, input_size: int, hidden_size: int, *args: Any, **more: Any):
        super().__init__(LSTMCell, input_size, hidden_size, *args, **more)


class GRU(Recurrent):
    """Gated recurrent unit; as torch.nn.GRU, with the further settings of `Recurrent`."""

    def __init__(self, input_size: int, hidden_size: int, *args: Any, **more: Any):
        super().__init__(GRUCell, input_size, hidden_size, *args, **more)
