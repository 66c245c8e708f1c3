"""Which layers of a model are recurrent: Recurra's, torch.nn's, and cells that are called step by step."""

from collections.abc import Collection
from typing import Any

from torch import nn
from torch.nn import functional as F

from recurra.nn import GRUCell, LSTMCell, Recurrent, ReLUCell, RNNCell
from recurra.nn.cells import Cell
from recurra.nn.layout import Batch

CELLS_OF_TORCH: dict[str, type[Cell]] = {"RNN_TANH": RNNCell, "RNN_RELU": ReLUCell, "LSTM": LSTMCell, "GRU": GRUCell}
"""The equations of torch.nn's layers, by their `mode`."""


def sequence_layers(model: nn.Module) -> dict[str, nn.Module]:
    """Find the layers that run over whole sequences, by name; "" is the model itself.

    These are `recurra.nn.Recurrent` and torch.nn.RNN, LSTM and GRU, accelerated ones and subclasses among them.
    """
    return {name: module for name, module in model.named_modules() if isinstance(module, Recurrent | nn.RNNBase)}


def step_cells(model: nn.Module, named: Collection[Any] = ()) -> dict[str, nn.Module]:
    """Find the cells that a loop of the model's own may call step by step, by name.

    These are torch.nn.RNNCell, LSTMCell and GRUCell, cells of `recurra.nn` outside of Recurra's layers, and those that
    the caller names.

    Args:
        model: that holds them.
        named: further cells: modules, classes of modules, or names as of `model.named_modules()`.

    Raises:
        ValueError: the model holds no module of that name or class.
    """
    modules = dict(model.named_modules())
    inside = {cell for layer in sequence_layers(model).values() for cell in layer.modules()}
    cells = dict[str, nn.Module]()
    for name, module in modules.items():
        if isinstance(module, nn.RNNCellBase | Cell) and module not in inside:
            cells[name] = module
    for cell in named:
        matches = {name: module for name, module in modules.items() if _is_named(cell, name, module)}
        if not matches:
            raise ValueError(f"cells: expected modules of the model, their names or classes, got {cell!r}")
        cells |= matches
    return cells


def _is_named(cell: Any, name: str, module: nn.Module) -> bool:
    if isinstance(cell, str):
        return cell == name
    return isinstance(module, cell) if isinstance(cell, type) else module is cell


def as_recurrent(layer: nn.Module) -> Recurrent:
    """Give a layer as a `Recurrent` over the same weights: itself, or for one of torch.nn's a view of it."""
    if isinstance(layer, Recurrent):
        return layer
    assert isinstance(layer, nn.RNNBase)
    return _ViewOfTorchLayer(layer)


class _ViewOfTorchLayer(Recurrent):
    """One of torch.nn's layers as Recurra has them, over the weights of the layer as they are now."""

    def __init__(self, layer: nn.RNNBase):
        super().__init__(
            CELLS_OF_TORCH[layer.mode],
            layer.input_size,
            layer.hidden_size,
            layer.num_layers,
            layer.bias,
            layer.batch_first,
            layer.dropout,
            layer.bidirectional,
            layer.proj_size,
            device="meta",  # its own weights are never used
        )
        self.train(layer.training)
        for name in self._flat_names:
            self._parameters[name] = getattr(layer, name)  # which may be computed at each call

    def _dropped(self, x: Any, batch: Batch) -> Any:
        """Drop as torch.nn's layers do, with the same random numbers."""
        return F.dropout(x, self.dropout, self.training)
