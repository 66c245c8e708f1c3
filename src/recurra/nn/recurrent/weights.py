"""What a stack of recurrent layers owns: cells, and weights with torch.nn's names and shapes and their random start."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from recurra.nn.cells import Cell
from recurra.nn.dropout import dropout


class RecurrentWeights(nn.Module):
    """What `Recurrent` owns, without what it does."""

    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int
    variational: bool
    weight_dropout: float
    zoneout: dict[str, float]  # by the name of the state
    layer_norm: bool
    residual: bool
    orthogonal: bool
    forget_bias: float | None
    checkpoint_every: int
    cells: nn.ModuleList
    _suffixes: list[str]  # "_l0", "_l0_reverse", "_l1", ...: one a layer and direction
    _state_shapes: dict[str, tuple[int, ...]]  # of one sequence, by the name of the state
    _names: list[list[str]]  # of the weights, by layer and direction
    _flat_names: list[str]
    _weight_count: int  # numbers of all weights

    @property
    def num_directions(self) -> int:
        """2 when bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def output_size(self) -> int:
        """Width of one direction's output."""
        return self.proj_size or self.hidden_size

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the carried states, in the order in which they are taken and returned."""
        return self._cell(0).states

    def _stacked_shapes(self, batch: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the states of all layers and directions, (L D, B, ...), by the name of the state."""
        count = len(self._suffixes)
        return {name: (count, batch, *shape) for name, shape in self._state_shapes.items()}

    def _cell(self, index: int) -> Cell:
        cells: Any = self._modules["cells"]  # sooner than `self.cells[index]`, which short calls would notice
        cell: Cell = cells._modules[str(index)]
        return cell

    # --- made -----------------------------------------------------------------------------------------------------

    def _make_weights(self, kind: dict[str, Any]) -> None:
        """Register the weights of every layer and direction; `kind` is their device and type."""
        self._names = [self._weight_names(suffix) for suffix in self._suffixes]
        self._flat_names = [name for names in self._names for name in names]
        rows = sum(self._cell(0).gate_sizes().values())
        for index, suffix in enumerate(self._suffixes):
            is_first = index < self.num_directions
            inputs = self.input_size if is_first else self.output_size * self.num_directions
            for name, shape in self._weight_shapes(rows, inputs).items():
                self.register_parameter(name + suffix, nn.Parameter(torch.empty(shape, **kind)))
            if self.layer_norm:
                self.add_module("norm_ih" + suffix, nn.LayerNorm(rows, bias=False, **kind))
                self.add_module("norm_hh" + suffix, nn.LayerNorm(rows, bias=False, **kind))
        self._weight_count = sum(weight.numel() for weight in self._flat_weights)
        self.cells.to(**kind)

    def _weight_shapes(self, rows: int, inputs: int) -> dict[str, tuple[int, ...]]:
        """Of the weights of one layer and direction; `rows` is G, those of all gates together."""
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inputs)}
        shapes |= {"weight_hh": (rows, self.output_size)}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes |= {"weight_hr": (self.proj_size, self.hidden_size)}
        return shapes

    def _weight_names(self, suffix: str) -> list[str]:
        return [name + suffix for name in self._weight_shapes(0, 0)]

    def reset_parameters(self) -> None:
        """Draw new weights: uniform in +-1/sqrt(H) as PyTorch does, then what `orthogonal` and `forget_bias` say.

        Norms, and modules with a `reset_parameters` inside cells, start afresh too.
        """
        for module in self.modules():
            if module is not self and callable(reset := getattr(module, "reset_parameters", None)):
                reset()
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self._flat_weights:
            nn.init.uniform_(weight, -bound, bound)
        with torch.no_grad():
            for index, suffix in enumerate(self._suffixes):
                self._start_recurrent_weights(self._cell(index).gate_sizes(), suffix)

    def _start_recurrent_weights(self, gate_sizes: dict[str, int], suffix: str) -> None:
        start = 0
        for gate, size in gate_sizes.items():
            rows = slice(start, start + size)
            start += size
            if self.orthogonal:
                nn.init.orthogonal_(self.get_parameter("weight_hh" + suffix)[rows])
            if self.forget_bias is not None and self.bias and gate == "f":
                self.get_parameter("bias_ih" + suffix)[rows] = self.forget_bias
                self.get_parameter("bias_hh" + suffix)[rows] = 0.0

    # --- as they are now ------------------------------------------------------------------------------------------

    def _weights(self, index: int) -> list[Tensor]:
        """Those of one layer and direction: w_ih, w_hh[, b_ih, b_hh][, w_hr]."""
        return self._by_name(self._names[index])

    def _weights_in_use(self, index: int) -> list[Tensor]:
        """The same as a sequence uses them: in training with some recurrent weights dropped."""
        weights = self._weights(index)
        if self.weight_dropout and self.training:
            weights[1] = dropout(weights[1], self.weight_dropout)
        return weights

    def _by_name(self, names: list[str]) -> list[Tensor]:
        parameters: Any = self._parameters
        try:  # sooner than by the attributes, which short calls would notice
            return [parameters[name] for name in names]
        except KeyError:  # pruned, or computed at each call
            return [getattr(self, name) for name in names]

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The weights of each layer and direction, as torch.nn's layers list them."""
        return [self._by_name(names) for names in self._names]

    # --- what code written for torch.nn's layers asks for ---------------------------------------------------------

    @property
    def _all_weights(self) -> list[list[str]]:
        """Names of the weights of each layer and direction."""
        return [list(names) for names in self._names]

    @property
    def _flat_weights_names(self) -> list[str]:
        return list(self._flat_names)

    @property
    def _flat_weights(self) -> list[Tensor]:
        """All weights as they are now; to change one, set the attribute of its name."""
        return self._by_name(self._flat_names)
