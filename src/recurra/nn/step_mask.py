"""Which steps of padded sequences are their own, and which are padding."""

import torch
from torch import Tensor


def step_mask(lengths: Tensor, steps: int) -> Tensor:
    """Give a mask (B, T) that is true at the steps of sequences that are no padding.

    Args:
        lengths: of the sequences, (B,).
        steps: of the longest, with what pads it, T.
    """
    return torch.arange(steps, device=lengths.device) < lengths.unsqueeze(-1)
