"""A linear layer over weights that were packed once, for the rows of a step: y = x W' + b.

What a row comes to does not depend on the rows beside it, bit for bit.
"""

import torch
from torch import Tensor

from recurra.kernels import arguments, compiled
from recurra.kernels.reduced_types import precision_name


class PackedLinear:
    """A linear layer in the compiled kernels' form; a copy of its weights, which later changes do not reach.

    Args:
        weight: (O, I), float32 on the CPU.
        bias: (O,), or None.
        dtype: torch.int8 or torch.bfloat16 for weights of fewer bits (`reduced_torch` says how they are computed with).
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None, dtype: torch.dtype = torch.float32):
        self.outputs, self.inputs = weight.shape
        weight, bias = weight.detach().contiguous(), None if bias is None else bias.detach().contiguous()
        if bias is not None:
            arguments.require_shape("packed linear", "bias", bias, (self.outputs,))
        of_weight, of_bias = compiled.data_pointers([weight, bias])
        sizes = self.inputs, self.outputs
        if dtype is torch.float32:
            self._map = compiled.extension.PackedLinear(*sizes, of_weight, of_bias, torch.get_num_threads())
        else:
            self._map = compiled.extension.ReducedLinear(precision_name(dtype), *sizes, of_weight, of_bias)

    def __call__(self, x: Tensor) -> Tensor:
        """Return x W' + b, (N, O), of x (N, I)."""
        if not arguments.is_served("packed linear", {"x": x}):
            raise ValueError(f"packed linear: expected float32 on the CPU, as the weights are, got {x.dtype}")
        if x.dim() != 2 or x.shape[1] != self.inputs:
            raise ValueError(f"packed linear: expected x of shape (N, {self.inputs}), got {tuple(x.shape)}")
        x = compiled.in_memory(x)
        y = compiled.pooled_empty(x, len(x), self.outputs)
        if len(x):
            self._map.run(x.data_ptr(), len(x), y.data_ptr(), torch.get_num_threads())
        return y
