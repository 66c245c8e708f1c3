"""Measurements as a network likes them: centred, scaled, and with what is missing filled in and marked."""

import torch
from torch import Tensor, nn


class Standardize(nn.Module):
    """Centre and scale each feature; a missing value (NaN) becomes the mean.

    A feature that had missing values in training gets a second one, 1 where the value is missing and else 0.

    Args:
        features: of the input, I.
        marked: of these, how many had missing values in training, M.

    The numbers, `mean` (I,) and `scale` (I,) in float64 and `marks` (M,), the features that are marked, are buffers:
    they are saved with the weights. What comes in float64 is centred in float64, and only then becomes float32, which
    holds 7 digits: of 100,000,001.5, all that changes from step to step would be lost.
    """

    mean: Tensor
    scale: Tensor
    marks: Tensor

    def __init__(self, features: int, marked: int = 0):
        super().__init__()
        self.register_buffer("mean", torch.zeros(features, dtype=torch.float64))
        self.register_buffer("scale", torch.ones(features, dtype=torch.float64))
        self.register_buffer("marks", torch.zeros(marked, dtype=torch.int64))

    @property
    def size(self) -> int:
        """Width of the result, I + M."""
        return len(self.mean) + len(self.marks)

    def forward(self, x: Tensor) -> Tensor:
        """Bring (..., I), float32 or float64, to (..., I + M), float32."""
        missing = x.isnan()
        standard = (x - self.mean.to(x.dtype)) / self.scale.to(x.dtype)
        standard = standard.masked_fill_(missing, 0.0).float()
        if not len(self.marks):
            return standard
        return torch.cat([standard, missing[..., self.marks].to(standard.dtype)], -1)

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"{len(self.mean)}, marked={len(self.marks)}"
