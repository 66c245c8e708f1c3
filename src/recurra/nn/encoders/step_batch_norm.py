"""Batch norm over the steps of sequences of unequal length."""

import torch
from torch import Tensor, nn

from recurra.nn.step_mask import step_mask

CONSTANT = 1e-6  # variance of a feature that never changed, after some steps of a running mean that began at 1


class StepBatchNorm(nn.Module):
    """Batch norm (Ioffe and Szegedy, 2015) whose mean and variance are those of real steps alone.

    With padding in them, they would hang on what else is in a batch. A feature that never changed in training, such as
    a mark of what was never missing, tells nothing: in evaluation it is taken for its mean, where plain batch norm
    would make a change of 1 one of 300.

    Args:
        size: features F.
        momentum: share of a batch in the running mean and variance.
    """

    def __init__(self, size: int, momentum: float = 0.1):
        super().__init__()
        self.norm = nn.BatchNorm1d(size, momentum=momentum)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Bring (B, T, F), lengths (B,), to the same shape; zeros beyond the ends."""
        if lengths is None:
            return self._rows(x.flatten(0, 1)).view_as(x)
        mask = step_mask(lengths, x.shape[1])  # (B, T)
        return torch.zeros_like(x).masked_scatter_(mask.unsqueeze(-1), self._rows(x[mask]))

    def _rows(self, rows: Tensor) -> Tensor:
        """Normalise (N, F)."""
        mean, variance = self.norm.running_mean, self.norm.running_var
        if not self.training and mean is not None and variance is not None:
            rows = torch.where(variance > CONSTANT, rows, mean.to(rows.dtype))
        normalized: Tensor = self.norm(rows)
        return normalized
