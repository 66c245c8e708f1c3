"""Convolutions along time: from steps to fewer steps that know their neighbours."""

import torch
from torch import Tensor, nn

from recurra.nn.encoders.step_batch_norm import StepBatchNorm


class TemporalConv(nn.Module):
    """A convolution over the steps of sequences of unequal length, whose padding reads as zeros.

    Step t of the output is made around step t * stride of the input: of the steps up to there where it is causal, so
    that nothing of the future is read and a stream is answered at once; else of as many after it as before.

    Args:
        input_size, output_size: features of a step.
        kernel_size: steps that are read; odd where it is not causal.
        stride: steps of the input for one of the output.
        causal: whether no later step is read.
    """

    def __init__(self, input_size: int, output_size: int, kernel_size: int, stride: int = 1, causal: bool = True):
        super().__init__()
        if not causal and kernel_size % 2 == 0:
            raise ValueError(f"kernel_size: expected an odd number where the future is read, got {kernel_size}")
        self.stride = stride
        after = 0 if causal else kernel_size // 2
        self.padding = (kernel_size - 1 - after, after)
        self.conv = nn.Conv1d(input_size, output_size, kernel_size, stride, bias=False)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, I), zeros beyond the ends, to (B, T', O) and its lengths; T' is T / stride, rounded up."""
        x = nn.functional.pad(x.transpose(1, 2), self.padding)  # (B, I, K - 1 + T)
        y = self.conv(x).transpose(1, 2)  # (B, T', O)
        return y, reduced_lengths(lengths, self.stride)


def reduced_lengths(lengths: Tensor | None, stride: int) -> Tensor | None:
    """How many steps are left of sequences of which every `stride`-th is read, from the first on."""
    if lengths is None:
        return None
    return torch.div(lengths + stride - 1, stride, rounding_mode="floor")


class TemporalBlock(nn.Module):
    """A convolution along time, batch norm, ReLU and dropout; with what goes in added, where the shapes agree.

    Args:
        input_size, output_size, kernel_size, stride, causal: as of `TemporalConv`.
        dropout: share of the features that are set to zero, of a sequence at all of its steps.
        residual: whether the input is added, where it has the shape of the output.
    """

    def __init__(
        self,
        input_size: int,
        output_size: int,
        kernel_size: int,
        stride: int = 1,
        causal: bool = True,
        dropout: float = 0.0,
        residual: bool = True,
    ):
        super().__init__()
        self.conv = TemporalConv(input_size, output_size, kernel_size, stride, causal)
        self.norm = StepBatchNorm(output_size)
        self.dropout = nn.Dropout1d(dropout)
        self.residual = residual and stride == 1 and input_size == output_size

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, I), lengths (B,), to (B, T', O) and its lengths."""
        y, lengths = self.conv(x, lengths)
        y = self.norm(y, lengths).relu()
        y = self.dropout(y.transpose(1, 2)).transpose(1, 2)  # whole features of a sequence
        return (x + y if self.residual else y), lengths
