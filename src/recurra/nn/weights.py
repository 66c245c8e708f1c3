"""The weights of a stack of recurrent layers: their names and shapes, as torch.nn has them, and their random start."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from recurra.nn.cells import Cell


class RecurrentWeights(nn.Module):
    """What `Recurrent` owns, without what it does."""

    input_size: int
    hidden_size: int
    bias: bool
    proj_size: int
    bidirectional: bool
    layer_norm: bool
    orthogonal: bool
    forget_bias: float | None
    cells: nn.ModuleList
    _suffixes: list[str]  # "_l0", "_l0_reverse", "_l1", ...
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

    def _cell(self, index: int) -> Cell:
        cells: Any = self._modules["cells"]  # sooner than `self.cells[index]`, which short calls would notice
        cell: Cell = cells._modules[str(index)]
        return cell

    def _make_weights(self, kind: dict[str, Any]) -> None:
        self._names = [self._weight_names(suffix) for suffix in self._suffixes]
        self._flat_names = [name for names in self._names for name in names]
        rows = len(self._cell(0).gates) * self.hidden_size
        for index, suffix in enumerate(self._suffixes):
            below = self.input_size if index < self.num_directions else self.output_size * self.num_directions
            shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, below)}
            shapes |= {"weight_hh": (rows, self.output_size)}
            if self.bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            if self.proj_size:
                shapes |= {"weight_hr": (self.proj_size, self.hidden_size)}
            for name, shape in shapes.items():
                self.register_parameter(name + suffix, nn.Parameter(torch.empty(shape, **kind)))
            if self.layer_norm:
                self.add_module("norm_ih" + suffix, nn.LayerNorm(rows, bias=False, **kind))
                self.add_module("norm_hh" + suffix, nn.LayerNorm(rows, bias=False, **kind))
        self._weight_count = sum(weight.numel() for weight in self._flat_weights)
        self.cells.to(**kind)

    def reset_parameters(self) -> None:
        """Draw new weights: uniform in +-1/sqrt(H) as PyTorch does, then what `orthogonal` and `forget_bias` say.

        Norms, and modules with a `reset_parameters` inside cells, start afresh too.
        """
        for module in self.modules():
            if module is not self and callable(reset := getattr(module, "reset_parameters", None)):
                reset()
        bound = 1.0 / math.sqrt(self.hidden_size)
        for suffix in self._suffixes:
            for weight in self._weights(suffix):
                nn.init.uniform_(weight, -bound, bound)
        with torch.no_grad():
            for index, suffix in enumerate(self._suffixes):
                if self.orthogonal:
                    for block in self.get_parameter("weight_hh" + suffix).split(self.hidden_size):
                        nn.init.orthogonal_(block)
                if self.forget_bias is not None and self.bias and "f" in self._cell(index).gates:
                    start = self._cell(index).gates.index("f") * self.hidden_size
                    self.get_parameter("bias_ih" + suffix)[start : start + self.hidden_size] = self.forget_bias
                    self.get_parameter("bias_hh" + suffix)[start : start + self.hidden_size] = 0.0

    def _weight_names(self, suffix: str) -> list[str]:
        names = ["weight_ih" + suffix, "weight_hh" + suffix]
        if self.bias:
            names += ["bias_ih" + suffix, "bias_hh" + suffix]
        if self.proj_size:
            names.append("weight_hr" + suffix)
        return names

    def _weights(self, suffix: str) -> list[Tensor]:
        names, parameters = self._weight_names(suffix), self._parameters
        # Pruning and weight norm leave no parameter there; what they leave is found later than a parameter.
        weights: list[Any] = [parameters[name] if name in parameters else getattr(self, name) for name in names]
        return weights

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The weights of each layer and direction, as torch.nn's layers list them."""
        return [self._weights(suffix) for suffix in self._suffixes]

    # --- what code written for torch.nn's layers asks for

    def flatten_parameters(self) -> None:
        """Do nothing; torch.nn's layers have it."""

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
        parameters: Any = self._parameters
        try:  # sooner than by the attributes, which short calls would notice
            return [parameters[name] for name in self._flat_names]
        except KeyError:  # pruned, or computed at each call
            return [getattr(self, name) for name in self._flat_names]
