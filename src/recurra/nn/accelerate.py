"""Torch's own recurrent layers inside any model, put on the compiled kernels in place.

`accelerate` changes the class of each such layer to a subclass of torch's that runs on the kernels where they serve
and is torch's own everywhere else. The object stays: its parameters, hooks, attributes, names in the state dict, and
whatever holds it. So an optimizer made before goes on, and the model itself may be such a layer.
"""

import copy
import logging
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from recurra import kernels
from recurra.kernels import compiled
from recurra.nn import layout

_log = logging.getLogger(__name__)

_LEAST_ROWS, _LEAST_STEPS, _LEAST_GATES = 64, 4, 384
"""Below these, torch is faster, which lays out no weights before it starts. Rows are steps times sequences. A layer of
fewer steps than these goes to torch if it has fewer rows, unless it is an LSTM, for which torch lays out weights too;
a cell if it has fewer rows or fewer units times gates."""


def accelerate(model: nn.Module, report: Callable[[str], object] | None = None) -> nn.Module:
    """Put torch's recurrent layers of a model on the compiled kernels, for training and inference.

    Taken in are torch.nn.RNN, LSTM, GRU, RNNCell, LSTMCell, GRUCell and Linear of exactly these classes, wherever they
    are in the model. Results stay torch's, within rounding. The text of the model shows what was replaced.

    Args:
        model: any module; changed in place.
        report: is given a text that says what was replaced and what was left alone, and why; for instance `print`.

    Returns:
        `model` itself.

    Raises:
        TypeError: `model` is no module.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    before = replaced(model)
    for module in model.modules():
        if not _why_left(module):
            _change_class(module, _CLASSES[_torch_class(module)])
    new = {name: was for name, was in replaced(model).items() if name not in before}
    if report is not None:
        report(_report(new, before, left_alone(model)))
    elif not compiled.enabled():
        _log.warning("recurra.accelerate replaced nothing: compiled kernels are %s", compiled.why_not())
    return model


def replaced(model: nn.Module) -> dict[str, str]:
    """Name each layer that `accelerate` has replaced, with torch's class that it was; "" is the model itself."""
    found = {name: _torch_class(module) for name, module in model.named_modules()}
    return {name: cls.__bases__[-1].__name__ for name, cls in found.items() if issubclass(cls, _Accelerated)}


def left_alone(model: nn.Module) -> dict[str, str]:
    """Name each layer of the kinds that `accelerate` takes in that it would leave as it is, and say why."""
    known = tuple(_CLASSES)
    layers = {name: module for name, module in model.named_modules() if isinstance(module, known)}
    reasons = {name: _why_left(module) for name, module in layers.items() if not isinstance(module, _Accelerated)}
    return {name: reason for name, reason in reasons.items() if reason}


def restore(model: nn.Module) -> nn.Module:
    """Undo `accelerate` in place, for tools that look for torch's own classes, as dynamic quantization does."""
    for module in model.modules():
        if isinstance(module, _Accelerated):
            _change_class(module, _torch_class(module).__bases__[-1])
    return model


# --- what is replaced -------------------------------------------------------------------------------------------------


def _torch_class(module: nn.Module) -> type[nn.Module]:
    """The class of a module, below what torch's parametrizations put over it."""
    return parametrize.type_before_parametrizations(module)


def _why_left(module: nn.Module) -> str:
    """Why a module is not to be replaced; empty where it is."""
    cls = _torch_class(module)
    if issubclass(cls, _Accelerated):
        return "it is replaced already"
    if cls not in _CLASSES:
        return f"{cls.__name__} is a class of its own"
    if not compiled.enabled():
        return f"compiled kernels are {compiled.why_not()}"
    return "its forward was replaced on the object" if "forward" in vars(module) else ""


def _change_class(module: nn.Module, cls: type[nn.Module]) -> None:
    """Give a module another class; where a parametrization made a class for it, the same over the other class."""
    if issubclass(cls, _Accelerated):
        vars(module)["__module__"] = cls.__bases__[-1].__module__  # torch.fx keeps torch's layers whole
    else:
        vars(module).pop("__module__", None)
    if parametrize.is_parametrized(module):
        members = {name: v for name, v in vars(type(module)).items() if name not in ("__dict__", "__weakref__")}
        cls = type(f"Parametrized{cls.__name__}", (cls,), members)
    module.__class__ = cls


def _report(new: dict[str, str], before: dict[str, str], left: dict[str, str]) -> str:
    lines = [f"recurra.accelerate: {len(new)} replaced, {len(before)} replaced before, {len(left)} left alone"]
    lines += [f"  {name or 'the model'}: {was} replaced" for name, was in new.items()]
    lines += [f"  {name or 'the model'}: left alone, {reason}" for name, reason in left.items()]
    return "\n".join(lines if new or left or before else [*lines, "  the model holds no layer that can be replaced"])


# --- the layers that replace ------------------------------------------------------------------------------------------


class _Accelerated(nn.Module):
    """What the replacing classes have in common; the last base of each is torch's class."""

    def _serves(self, x: Any, tensors: list[Any]) -> bool:
        """Whether compiled kernels take this call; torch's own do where someone records operations to keep them."""
        if torch.compiler.is_compiling() or type(x) is not Tensor or compiled.traced(x):
            return False
        plain = all(type(t) in (Tensor, nn.Parameter) for t in tensors)
        if plain and torch.is_grad_enabled() and any(t.is_inference() for t in tensors):
            return False  # which no gradient can reach
        return plain and x.numel() > 0 and compiled.serves(x, *tensors)

    def __prepare_scriptable__(self) -> nn.Module:
        """Give torch.jit.script torch's own layer, over the same parameters."""
        return restore(copy.copy(self))


class _Sequence(_Accelerated, nn.RNNBase):
    def forward(self, input: Any, hx: Any = None) -> Any:
        """Run as torch's layer does: the same arguments, shapes, results and errors."""
        self._update_flat_weights()
        x = input.data if isinstance(input, nn.utils.rnn.PackedSequence) else input
        given = [] if hx is None else list(hx) if isinstance(hx, tuple | list) else [hx]
        if not self._serves(x, [*self._flat_weights, *given]):
            return super().forward(input, hx)
        try:
            batch, form, states = self._read(input, hx)
        except ValueError:
            return super().forward(input, hx)  # which tells what is wrong in torch's words
        if self.mode != "LSTM" and self._is_short(batch):
            return super().forward(input, hx)
        batch.x, finals = self._run(batch, states)
        return layout.write(batch, form), layout.write_state(finals, batch.inverse, form.unbatched)

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

    def _is_short(self, batch: layout.Batch) -> bool:
        steps = len(batch.x) if batch.batch_sizes is None else len(batch.batch_sizes)
        return steps < _LEAST_STEPS and batch.x.numel() < _LEAST_ROWS * self.input_size

    def _run(self, batch: layout.Batch, states: list[Tensor]) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """Run the layers one over the other; outputs and the final states of each."""
        x, finals = batch.x, []
        directions = 2 if self.bidirectional else 1
        count = len(self._flat_weights) // self.num_layers
        for n in range(self.num_layers):
            part = slice(n * directions, (n + 1) * directions)
            x, final = kernels.sequence(
                self.mode.lower(),
                F.dropout(x, self.dropout) if n and self.training and self.dropout else x,
                batch.batch_sizes,
                self._flat_weights[n * count : (n + 1) * count],  # type: ignore[arg-type]
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


class AcceleratedLSTM(_Sequence, nn.LSTM):
    """torch.nn.LSTM on the compiled kernels."""


class AcceleratedGRU(_Sequence, nn.GRU):
    """torch.nn.GRU on the compiled kernels."""


class _Step(_Accelerated, nn.RNNCellBase):
    def forward(self, input: Any, hx: Any = None) -> Any:
        """Take one step as torch's cell does: the same arguments, shapes, results and errors."""
        weights = [self.weight_ih, self.weight_hh, *([self.bias_ih, self.bias_hh] if self.bias else [])]
        many = isinstance(hx, tuple | list)
        given = [] if hx is None else list(hx) if many else [hx]
        if not self._serves(input, [*weights, *given]) or not self._fits(input, given, many):
            return super().forward(input, hx)
        states = given or [input.new_zeros(len(input), self.hidden_size)] * (2 if isinstance(self, nn.LSTMCell) else 1)
        _, final = kernels.sequence(
            self._mode(),
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

    def _fits(self, x: Tensor, states: list[Tensor], many: bool) -> bool:
        """Whether the shapes are right and the batch is large enough to gain."""
        if x.dim() != 2 or x.shape[1] != self.input_size:
            return False
        if len(x) < _LEAST_ROWS or len(self.weight_ih) < _LEAST_GATES:
            return False
        if states and (many, len(states)) != ((True, 2) if isinstance(self, nn.LSTMCell) else (False, 1)):
            return False
        return all(state.shape == (len(x), self.hidden_size) for state in states)

    def _mode(self) -> str:
        if isinstance(self, nn.RNNCell):
            return f"rnn_{self.nonlinearity}"
        return "lstm" if isinstance(self, nn.LSTMCell) else "gru"


class AcceleratedRNNCell(_Step, nn.RNNCell):
    """torch.nn.RNNCell on the compiled kernels."""


class AcceleratedLSTMCell(_Step, nn.LSTMCell):
    """torch.nn.LSTMCell on the compiled kernels."""


class AcceleratedGRUCell(_Step, nn.GRUCell):
    """torch.nn.GRUCell on the compiled kernels."""


class AcceleratedLinear(_Accelerated, nn.Linear):
    """torch.nn.Linear on the compiled kernels."""

    def forward(self, input: Tensor) -> Tensor:
        """Multiply as torch's layer does: the same shapes, results and errors."""
        tensors = [self.weight] if self.bias is None else [self.weight, self.bias]
        fits = isinstance(input, Tensor) and input.dim() > 0 and input.shape[-1] == self.in_features
        if not fits or not self._serves(input, tensors):
            return super().forward(input)
        return kernels.linear(input, self.weight, self.bias)


_CLASSES: dict[type[nn.Module], type[nn.Module]] = {
    nn.RNN: AcceleratedRNN,
    nn.LSTM: AcceleratedLSTM,
    nn.GRU: AcceleratedGRU,
    nn.RNNCell: AcceleratedRNNCell,
    nn.LSTMCell: AcceleratedLSTMCell,
    nn.GRUCell: AcceleratedGRUCell,
    nn.Linear: AcceleratedLinear,
}
