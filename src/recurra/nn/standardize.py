"""Measurements as a network likes them: centred, scaled, and with what is missing filled in and marked."""

import torch
from torch import Tensor, nn


class Standardize(nn.Module):
    """Centre and scale each feature; a missing value (NaN) becomes the mean.

    A feature that had missing values in training gets a second one, 1 where the value is missing and else 0.

    Args:
        features: of the input, I.
        marked: of these, how many had missing values in training, M.

    The numbers, `mean` (I,), `scale` (I,) and `marks` (M,), the features that are marked, are buffers: they are saved
    with the weights.
    """

    mean: Tensor
    scale: Tensor
    marks: Tensor

    def __init__(self, features: int, marked: int = 0):
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.register_buffer("marks", torch.zeros(marked, dtype=torch.int64))

    @property
    def size(self) -> int:
        """Width of the result, I + M."""
        return len(self.mean) + len(self.marks)

    def forward(self, x: Tensor) -> Tensor:
        """Bring (..., I) to (..., I + M)."""
        missing = x.isnan()
        standard = ((x - self.mean) / self.scale).masked_fill(missing, 0.0)
        if not len(self.marks):
            return standard
        return torch.cat([standard, missing[..., self.marks].to(x.dtype)], -1)

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"{len(self.mean)}, marked={len(self.marks)}"
