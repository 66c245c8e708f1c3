"""Torch's own layers on the compiled kernels: subclasses of them with another `forward`, which serves where it gains.

Each asks sizes first, since what a small layer costs is mostly the asking, and calls torch's own `forward` where that
is the faster one, where somebody records operations to keep them, and for all that the kernels do not know.
"""

import copy
import types
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize
from torch.nn.utils.rnn import PackedSequence

from recurra import kernels
from recurra.kernels import FUSED_CELLS, compiled
from recurra.kernels.linear_layer import gains
from recurra.nn import layout

_WEIGHTS_OF_A_CELL = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

_is_compiling, _tracing_state = torch.compiler.is_compiling, torch._C._get_tracing_state


def step_gains(rows: int, gates: int, learns: bool) -> bool:
    """Whether the kernels take one step of a cell sooner than torch, measured by benchmarks/small_layers.py.

    MKL on processors of its maker is slower only where weights stay packed from call to call, and are neither few nor
    so many that to look whether they have changed takes long.

    Args:
        rows: sequences, B.
        gates: gates times units.
        learns: whether gradients may be asked, for which weights are packed anew each time.
    """
    if rows < 64:
        return False
    if compiled.has_mkl_at_home():
        return not learns and 1536 <= gates <= 2048
    return gates >= 384


class Accelerated(nn.Module):
    """What the classes below have in common."""

    _stands_for: type[nn.Module]

    def _serves(self, x: Tensor, tensors: list[Any]) -> bool:
        """Whether compiled kernels take this call of tensors besides x."""
        if compiled.traced(x) or x.numel() == 0 or not all(type(t) in (Tensor, nn.Parameter) for t in tensors):
            return False
        if torch.is_grad_enabled() and any(t.is_inference() for t in tensors):
            return False  # which no gradient can reach
        return compiled.serves(x, *tensors)

    def __prepare_scriptable__(self) -> nn.Module:
        """Give torch.jit.script the layer that this one stands for, over the same parameters."""
        plain = copy.copy(self)
        change_class(plain, plain._stands_for)
        return plain

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Copy and pickle a layer whose class was made here by the class that it stands for."""
        reduced: Any = super().__reduce_ex__(protocol)
        if torch_class(self) in CLASSES.values() or reduced[0].__name__ != "__newobj__":
            return reduced
        return _without_init, (self._stands_for,), *reduced[2:]


def is_watched() -> bool:
    """Whether operations are recorded for elsewhere, so that no size may decide, which could be another there."""
    return _is_compiling() or _tracing_state() is not None


class _Sequence(Accelerated, nn.RNNBase):
    def forward(self, input: Any, hx: Any = None) -> Any:
        """Run as torch's layer does: the same arguments, shapes, results and errors."""
        x = input.data if isinstance(input, PackedSequence) else input
        if type(x) is not Tensor or is_watched():
            return super().forward(input, hx)
        weights = self._current_weights()
        if self.mode != "LSTM" and self._is_short(input, x, weights):
            return super().forward(input, hx) if x is not input else self._run_torchs(x, hx, weights)
        given = [] if hx is None else list(hx) if isinstance(hx, tuple | list) else [hx]
        if not self._serves(x, [*weights, *given]):
            return super().forward(input, hx)
        try:
            batch, form, states = self._read(input, hx)
        except ValueError:
            return super().forward(input, hx)  # which tells what is wrong in torch's words
        batch.x, finals = self._run(batch, weights, states)
        return layout.write(batch, form), layout.write_state(finals, batch.inverse, form.unbatched)

    def _is_short(self, input: Any, x: Tensor, weights: list[Tensor]) -> bool:
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

    def _run_torchs(self, x: Tensor, hx: Any, weights: list[Tensor]) -> Any:
        """Run torch's own function without the questions of torch's `forward`, which cost as much as a few steps."""
        if x.dim() != 3 or x.size(2) != self.input_size or x.dtype is not weights[0].dtype:
            return super().forward(x, hx)
        directions = 2 if self.bidirectional else 1
        shape = self.num_layers * directions, x.size(0 if self.batch_first else 1), self.hidden_size
        if hx is None:
            hx = torch.zeros(shape, dtype=x.dtype, device=x.device)
        elif type(hx) is not Tensor or hx.shape != shape:
            return super().forward(x, hx)  # which tells what is wrong
        how = self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, self.batch_first
        run: Any = FUSED_CELLS[self.mode.lower()].torch_sequence
        return run(x, hx, weights, *how)

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
        shapes = {"h": (*size, self.proj_size or self.hidden_size)}
        if self.mode == "LSTM":
            shapes["c"] = (*size, self.hidden_size)
        if hx is not None and isinstance(hx, tuple | list) != ("c" in shapes):
            raise ValueError("expected another kind of state")
        parts = [] if hx is None else [hx] if len(shapes) == 1 else hx
        if batch.x.shape[-1] != self.input_size or any(part.dim() != 3 - form.unbatched for part in parts):
            raise ValueError("expected other shapes")
        return batch, form, layout.read_state(hx, shapes, batch, form.unbatched)

    def _run(
        self, batch: layout.Batch, weights: list[Tensor], states: list[Tensor]
    ) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """Run the layers one over the other; outputs and the final states of each."""
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
        # the backward pass reads x; torch's callers may change what they were given
        return x.clone() if x.requires_grad else x, finals


class AcceleratedRNN(_Sequence, nn.RNN):
    """torch.nn.RNN on the compiled kernels."""

    _stands_for = nn.RNN


class AcceleratedLSTM(_Sequence, nn.LSTM):
    """torch.nn.LSTM on the compiled kernels."""

    _stands_for = nn.LSTM


class AcceleratedGRU(_Sequence, nn.GRU):
    """torch.nn.GRU on the compiled kernels."""

    _stands_for = nn.GRU


class _Step(Accelerated, nn.RNNCellBase):
    _gates = 1

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Take one step as torch's cell does: the same arguments, shapes, results and errors."""
        if type(input) is not Tensor or input.dim() != 2:
            return super().forward(input, hx)
        if not step_gains(input.shape[0], self._gates * self.hidden_size, torch.is_grad_enabled()):
            return self._run_torchs(input, hx) if self._is_plain(hx) else super().forward(input, hx)
        if is_watched():
            return super().forward(input, hx)
        weights = [self.weight_ih, self.weight_hh, *([self.bias_ih, self.bias_hh] if self.bias else [])]
        many = isinstance(hx, tuple | list)
        given = [] if hx is None else list(hx) if many else [hx]
        if not self._serves(input, [*weights, *given]) or not self._fits(input, given, many):
            return super().forward(input, hx)
        states = given or [input.new_zeros(len(input), self.hidden_size)] * (2 if self._gates == 4 else 1)
        _, final = kernels.sequence(
            FUSED_CELLS[self._mode()],
            input.unsqueeze(0),
            None,
            weights,
            tuple(state.unsqueeze(0) for state in states),
            bias=self.bias,
            bidirectional=False,
            training=self.training,
        )
        new = tuple(part.squeeze(0) for part in final)
        return new if len(new) > 1 else new[0]

    def _is_plain(self, hx: Any) -> bool:
        """Whether torch's cell hands a state to its function as it is."""
        if hx is None:
            return True
        if self._gates != 4:
            return type(hx) is Tensor and hx.dim() == 2
        return type(hx) is tuple and len(hx) == 2 and all(type(part) is Tensor and part.dim() == 2 for part in hx)

    def _run_torchs(self, x: Tensor, hx: Any) -> Any:
        """Call torch's function as torch's cell does, without the questions that this asks of states first."""
        fused = FUSED_CELLS.get(self._mode())
        if fused is None:  # a nonlinearity that torch refuses
            return super().forward(x, hx)
        step: Any = fused.torch_step
        parameters: Any = self._parameters
        try:  # sooner than by the attributes
            weights = [parameters[name] for name in _WEIGHTS_OF_A_CELL]
        except KeyError:  # pruned, or computed at each call
            weights = [getattr(self, name) for name in _WEIGHTS_OF_A_CELL]
        if hx is None:
            zeros = x.new_zeros(x.shape[0], self.hidden_size)
            hx = (zeros, zeros) if self._gates == 4 else zeros
        return step(x, hx, *weights)

    def _fits(self, x: Tensor, states: list[Tensor], many: bool) -> bool:
        """Whether the shapes are right."""
        if x.dim() != 2 or x.shape[1] != self.input_size:
            return False
        if states and (many, len(states)) != ((True, 2) if self._gates == 4 else (False, 1)):
            return False
        return all(state.shape == (len(x), self.hidden_size) for state in states)

    def _mode(self) -> str:
        if isinstance(self, nn.RNNCell):
            return f"rnn_{self.nonlinearity}"
        return "lstm" if isinstance(self, nn.LSTMCell) else "gru"


class AcceleratedRNNCell(_Step, nn.RNNCell):
    """torch.nn.RNNCell on the compiled kernels."""

    _stands_for = nn.RNNCell


class AcceleratedLSTMCell(_Step, nn.LSTMCell):
    """torch.nn.LSTMCell on the compiled kernels."""

    _stands_for = nn.LSTMCell
    _gates = 4


class AcceleratedGRUCell(_Step, nn.GRUCell):
    """torch.nn.GRUCell on the compiled kernels."""

    _stands_for = nn.GRUCell
    _gates = 3


class _Product(Accelerated, nn.Linear):
    def forward(self, input: Tensor) -> Tensor:
        """Multiply as torch's layer does: the same shapes, results and errors."""
        parameters: Any = self._parameters
        try:  # sooner than by the attributes, which a model of many small layers notices
            weight, bias = parameters["weight"], parameters["bias"]
        except KeyError:  # pruned, or computed at each call
            weight, bias = self.weight, self.bias
        if type(input) is not Tensor or is_watched() or not gains(input.numel(), self.in_features, self.out_features):
            return F.linear(input, weight, bias)
        if not self._serves(input, [weight] if bias is None else [weight, bias]):
            return F.linear(input, weight, bias)
        return kernels.linear(input, weight, bias)


class AcceleratedLinear(_Product, nn.Linear):
    """torch.nn.Linear on the compiled kernels."""

    _stands_for = nn.Linear


CLASSES: dict[type[nn.Module], type[nn.Module]] = {
    nn.RNN: AcceleratedRNN,
    nn.LSTM: AcceleratedLSTM,
    nn.GRU: AcceleratedGRU,
    nn.RNNCell: AcceleratedRNNCell,
    nn.LSTMCell: AcceleratedLSTMCell,
    nn.GRUCell: AcceleratedGRUCell,
    nn.Linear: AcceleratedLinear,
}


def torch_class(module: nn.Module) -> type[nn.Module]:
    """The class of a module, below what torch's parametrizations put over it."""
    return parametrize.type_before_parametrizations(module)


def change_class(module: nn.Module, cls: type[nn.Module]) -> None:
    """Give a module another class; where a parametrization made a class for it, the same over the other class."""
    if issubclass(cls, Accelerated):
        vars(module)["__module__"] = cls._stands_for.__module__  # torch.fx keeps torch's layers whole
    else:
        vars(module).pop("__module__", None)
    if parametrize.is_parametrized(module):
        members = {name: v for name, v in vars(type(module)).items() if name not in ("__dict__", "__weakref__")}
        cls = type(f"Parametrized{cls.__name__}", (cls,), members)
    module.__class__ = cls


_made: dict[type[nn.Module], type[nn.Module]] = dict(CLASSES)


def class_over(cls: type[nn.Module]) -> type[nn.Module]:
    """The accelerated class that stands for a class of `CLASSES` or for a subclass of one.

    For a subclass it has the accelerated class between the subclass and torch's, so that `super().forward` comes there.
    The subclass is the first base, since an object may only change its class for one with the same first bases.
    """
    if cls not in _made:
        known = CLASSES[next(base for base in cls.__mro__ if base in CLASSES)]
        members = {
            "__module__": __name__,
            "__doc__": f"{cls.__qualname__} on the compiled kernels.",
            "_stands_for": cls,
        }
        bases = (cls, known)
        _made[cls] = types.new_class(f"Accelerated{cls.__name__}", bases, exec_body=lambda own: own.update(members))
    return _made[cls]


def _without_init(cls: type[nn.Module]) -> nn.Module:
    """An accelerated object for a class, to be filled by whoever copies or loads it."""
    accelerated = class_over(cls)
    return accelerated.__new__(accelerated)
