"""What a stack of convolutional recurrent layers owns: its settings, and weights with their random start."""

import math
from typing import Any

import torch
from torch import nn

from recurra.kernels import FusedCell
from recurra.kernels.conv_reference import ConvWeights
from recurra.kernels.convolution import Convolution


class ConvRecurrentWeights(nn.Module):
    """What `ConvRecurrent` owns, without what it does."""

    in_channels: int
    hidden_channels: int
    num_layers: int
    bias: bool
    bidirectional: bool
    _cell: FusedCell
    _convolutions: list[Convolution]  # of each layer's input
    _suffixes: list[str]  # "_l0", "_l0_reverse", "_l1", ...: one a layer and direction

    @property
    def num_directions(self) -> int:
        """2 when bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the carried states, in the order in which they are taken and returned."""
        return self._cell.states

    def _make_weights(self, kind: dict[str, Any]) -> None:
        """Register the weights of every layer and direction; `kind` is their device and type."""
        directions = ("", "_reverse") if self.bidirectional else ("",)
        self._suffixes = [f"_l{n}{direction}" for n in range(self.num_layers) for direction in directions]
        channels = self._cell.gates * self.hidden_channels
        kernel_size = self._convolutions[0].kernel_size
        for index, suffix in enumerate(self._suffixes):
            is_first = index < self.num_directions
            inputs = self.in_channels if is_first else self.hidden_channels * self.num_directions
            shapes: dict[str, tuple[int, ...]] = {"weight_ih": (channels, inputs, *kernel_size)}
            shapes |= {"weight_hh": (channels, self.hidden_channels, *kernel_size)}
            if self.bias:
                shapes |= {"bias_ih": (channels,), "bias_hh": (channels,)}
            for name, shape in shapes.items():
                self.register_parameter(name + suffix, nn.Parameter(torch.empty(shape, **kind)))

    def reset_parameters(self) -> None:
        """Draw new weights: uniform in +-1/sqrt(n) for n numbers that an output sums, as torch.nn.Conv2d does."""
        for suffix in self._suffixes:
            for side in ("ih", "hh"):
                weight = self.get_parameter(f"weight_{side}{suffix}")
                bound = 1.0 / math.sqrt(math.prod(weight.shape[1:]))
                nn.init.uniform_(weight, -bound, bound)
                if self.bias:
                    nn.init.uniform_(self.get_parameter(f"bias_{side}{suffix}"), -bound, bound)

    def _weights(self, index: int) -> ConvWeights:
        """Those of one layer and direction."""
        suffix = self._suffixes[index]
        biases = [getattr(self, name + suffix) if self.bias else None for name in ("bias_ih", "bias_hh")]
        return ConvWeights(getattr(self, "weight_ih" + suffix), getattr(self, "weight_hh" + suffix), *biases)
