"""Batch norm over the steps of sequences of unequal length."""

import torch
from torch import Tensor, nn

from recurra.nn.step_mask import step_mask


class StepBatchNorm(nn.Module):
    """Batch norm (Ioffe and Szegedy, 2015) whose mean and variance are those of real steps alone.

    With padding in them, they would hang on what else is in a batch.

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
            rows: Tensor = self.norm(x.flatten(0, 1))
            return rows.view_as(x)
        mask = step_mask(lengths, x.shape[1])  # (B, T)
        return torch.zeros_like(x).masked_scatter_(mask.unsqueeze(-1), self.norm(x[mask]))
