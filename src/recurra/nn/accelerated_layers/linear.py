"""torch.nn.Linear on the compiled kernels."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from recurra import kernels
from recurra.kernels import compiled
from recurra.kernels.linear_layer import gains, gains_in_bf16
from recurra.nn.accelerated_layers.base import Accelerated, is_watched


class _Product(Accelerated, nn.Linear):
    def forward(self, input: Tensor) -> Tensor:
        """Multiply as torch's layer does: the same shapes, results and errors."""
        parameters: Any = self._parameters
        try:  # sooner than by the attributes, which a model of many small layers notices
            weight, bias = parameters["weight"], parameters["bias"]
        except KeyError:  # pruned, or computed at each call
            weight, bias = self.weight, self.bias
        if type(input) is not Tensor or is_watched():
            return F.linear(input, weight, bias)
        sizes = input.numel(), self.in_features, self.out_features
        tensors = [weight] if bias is None else [weight, bias]
        if (gains(*sizes) and self._serves(input, tensors)) or (
            gains_in_bf16(*sizes) and self._serves(input, tensors, compiled.serves_in_bf16)
        ):
            return kernels.linear(input, weight, bias)
        return F.linear(input, weight, bias)


class AcceleratedLinear(_Product, nn.Linear, stands_for=nn.Linear):
    """torch.nn.Linear on the compiled kernels."""
