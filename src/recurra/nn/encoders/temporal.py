"""Convolutions along time: from steps to fewer steps that know their neighbours."""

from typing import Any

import torch
from torch import Tensor, nn

from recurra.nn.dropout import VariationalDropout
from recurra.nn.encoders.encoder import Encoder
from recurra.nn.encoders.step_batch_norm import StepBatchNorm


class TemporalConv(Encoder):
    """A convolution over the steps of sequences of unequal length, whose padding reads as zeros.

    Step t of the output is made around step t * stride of the input: of the steps up to there where it is causal, so
    that nothing of the future is read and a stream is answered at once; else of as many after it as before.

    Args:
        input_size, output_size: features of a step, I and F.
        kernel_size: steps that are read; odd where it is not causal.
        stride: steps of the input for one of the output.
        causal: whether no later step is read.
    """

    def __init__(self, input_size: int, output_size: int, kernel_size: int, stride: int = 1, causal: bool = True):
        super().__init__()
        if not causal and kernel_size % 2 == 0:
            raise ValueError(f"kernel_size: expected an odd number where the future is read, got {kernel_size}")
        self.size, self.stride, self.causal = output_size, stride, causal
        after = 0 if causal else kernel_size // 2
        self.padding = (kernel_size - 1 - after, after)
        self.conv = nn.Conv1d(input_size, output_size, kernel_size, stride, bias=False)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, I), zeros beyond the ends, to (B, T', F) and its lengths."""
        x = nn.functional.pad(x.transpose(1, 2), self.padding)  # (B, I, K - 1 + T)
        y = self.conv(x).transpose(1, 2)  # (B, T', F)
        return y, reduced_lengths(lengths, self.stride)

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Keep the last K - 1 steps, and how many steps ago the last output was due."""
        if not self.causal:
            raise ValueError("stream: expected a causal convolution; this one reads the future")
        before, phase = (x.new_zeros(len(x), self.padding[0], x.shape[2]), 0) if state is None else state
        seen = torch.cat([before, x], 1)  # (B, K - 1 + T, I)
        state = seen[:, seen.shape[1] - self.padding[0] :], (phase + x.shape[1]) % self.stride
        first = -phase % self.stride
        if first >= x.shape[1]:
            return x.new_zeros(len(x), 0, self.size), state
        return self.conv(seen[:, first:].transpose(1, 2)).transpose(1, 2), state


def reduced_lengths(lengths: Tensor | None, stride: int) -> Tensor | None:
    """How many steps are left of sequences of which every `stride`-th is read, from the first on."""
    if lengths is None:
        return None
    return torch.div(lengths + stride - 1, stride, rounding_mode="floor")


class TemporalBlock(Encoder):
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
        self.dropout = VariationalDropout(dropout, batch_first=True)
        self.size, self.stride = output_size, stride
        self.residual = residual and stride == 1 and input_size == output_size

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, I), lengths (B,), to (B, T', F) and its lengths."""
        y, lengths = self.conv(x, lengths)
        y = self.norm(y, lengths).relu()
        y = self.dropout(y)  # whole features of a sequence
        return (x + y if self.residual else y), lengths

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        y, state = self.conv.stream(x, state)
        y = self.norm(y).relu()
        return (x + y if self.residual else y), state
