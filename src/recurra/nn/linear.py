"""The linear layer on the compiled kernels."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra import kernels
from recurra.kernels import batch_invariance, reduced_precision
from recurra.kernels.linear_layer import MANY_ROWS, gains


class Linear(torch.nn.Linear):
    """torch.nn.Linear, with the same parameters and results, computed by `recurra.kernels.linear`."""

    def forward(self, input: Tensor) -> Tensor:
        """Return input W' + b: (..., I) to (..., O)."""
        parameters: Any = self._parameters
        try:  # sooner than by the attributes, which a model of many small layers notices
            weight, bias = parameters["weight"], parameters["bias"]
        except KeyError:  # pruned, or computed at each call
            weight, bias = self.weight, self.bias
        numbers, inputs = input.numel(), self.in_features
        few = numbers < MANY_ROWS * inputs and not batch_invariance.is_invariant()
        few = few and reduced_precision.active() is None
        if few and not torch.compiler.is_compiling() and not gains(numbers, inputs, self.out_features):
            return F.linear(input, weight, bias)
        return kernels.linear(input, weight, bias)
