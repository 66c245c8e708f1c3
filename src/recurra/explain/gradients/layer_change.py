"""A recurrent layer of a model changed in place: its start, or the layer itself by another of the same sizes."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from recurra.explain.recurrent_layers import as_recurrent, sequence_layers, step_cells
from recurra.nn import LSTM, GRUCell, LSTMCell, Recurrent
from recurra.nn.layout import Output, State

_FORGET_BIAS = 1.0


def start_orthogonal(model: nn.Module) -> bool:
    """Draw new recurrent weights, an orthogonal matrix a gate (Saxe et al., 2014); whether there were any."""
    weights = list[Tensor]()
    for layer in _recurrent(model):
        weights += [weight for name, weight in layer.named_parameters(recurse=False) if name.startswith("weight_hh")]
    with torch.no_grad():
        for weight in weights:
            for block in weight.split(weight.shape[1]):  # one a gate, where the output is not projected
                nn.init.orthogonal_(block)
    return bool(weights)


def open_forget_gates(model: nn.Module) -> bool:
    """Set forget-gate biases to 1 (Jozefowicz et al., 2015); whether there were any."""
    is_changed = False
    with torch.no_grad():
        for layer in _recurrent(model):
            if not _is_lstm(layer):
                continue
            for name, bias in layer.named_parameters(recurse=False):
                if name.startswith("bias_"):
                    forget = bias.chunk(4)[1]  # of i, f, g, o
                    forget.fill_(_FORGET_BIAS if name.startswith("bias_ih") else 0.0)
                    is_changed = True
    return is_changed


def normalize(model: nn.Module) -> bool:
    """Put layers with layer normalisation in the place of the others, with their weights; whether there were any."""
    return _replace(model, lambda layer: _like(layer, layer_norm=True))


def add_residuals(model: nn.Module) -> bool:
    """Put layers with residual connections in the place of stacks, with their weights; whether there were any."""
    return _replace(model, lambda layer: _like(layer, residual=True) if layer.num_layers > 1 else None)


def become_lstm(model: nn.Module) -> bool:
    """Put LSTMs that forget little in the place of other layers; whether there were any."""
    return _replace(model, lambda layer: None if layer.mode == "LSTM" else _other(layer, _LSTMWithOneState))


def become_gru(model: nn.Module) -> bool:
    """Put GRUs in the place of layers whose state is h alone; whether there were any."""

    def gru(layer: Recurrent) -> Recurrent | None:
        is_replaced = layer.mode != "GRU" and layer.state_names == ("h",)
        return _other(layer, Recurrent, GRUCell) if is_replaced else None

    return _replace(model, gru)


def _recurrent(model: nn.Module) -> list[nn.Module]:
    return [*sequence_layers(model).values(), *step_cells(model).values()]


def _is_lstm(layer: nn.Module) -> bool:
    if isinstance(layer, Recurrent):
        return isinstance(layer._cell(0), LSTMCell)
    return isinstance(layer, nn.LSTM | nn.LSTMCell)


def _replace(model: nn.Module, make: Callable[[Recurrent], Recurrent | None]) -> bool:
    """Put what is made for each layer in its place; whether any was."""
    is_changed = False
    for name, layer in sequence_layers(model).items():
        new = make(as_recurrent(layer))
        if new is not None and name:
            parent, _, own_name = name.rpartition(".")
            setattr(model.get_submodule(parent), own_name, new)
            is_changed = True
    return is_changed


def _settings(layer: Recurrent) -> dict[str, Any]:
    """What another layer of the same sizes is made with."""
    sizes = ("input_size", "hidden_size", "num_layers", "proj_size")
    switches = ("bias", "batch_first", "bidirectional", "layer_norm", "residual", "variational")
    probabilities = ("dropout", "weight_dropout")
    names = (*sizes, *switches, *probabilities)
    weight = layer._flat_weights[0]
    return {name: getattr(layer, name) for name in names} | {"device": weight.device, "dtype": weight.dtype}


def _like(layer: Recurrent, **changed: Any) -> Recurrent:
    """A layer of the same cell with other settings, and the weights that both have."""
    zoneout = tuple(layer.zoneout.values())
    new = Recurrent(type(layer._cell(0)), **(_settings(layer) | {"zoneout": zoneout} | changed))
    names = new._flat_names
    weights = {name: weight.detach() for name, weight in zip(names, layer._flat_weights, strict=True)}
    new.load_state_dict(weights, strict=False)
    return new.train(layer.training)


def _other(layer: Recurrent, cls: Callable[..., Recurrent], *cell: Any) -> Recurrent:
    """A layer of another cell, with weights of its own."""
    return cls(*cell, **_settings(layer)).train(layer.training)


class _LSTMWithOneState(LSTM):
    """An LSTM in a model that was written for a layer whose state is h alone: the memory starts from zeros."""

    def __init__(self, input_size: int, hidden_size: int, **settings: Any):
        super().__init__(input_size, hidden_size, **settings, forget_bias=_FORGET_BIAS)

    def forward(self, input: Output, hx: State | None = None, **settings: Any) -> tuple[Output, State]:
        """Run over whole sequences, as `Recurrent.forward`; the state is h."""
        if isinstance(hx, Tensor):
            hx = hx, hx.new_zeros(*hx.shape[:-1], self.hidden_size)
        output, state = super().forward(input, hx, **settings)
        return output, state[0]
