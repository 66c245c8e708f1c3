"""Encoders of signals that are vectors at each step: inertial sensors, and skeletons by their features."""

import torch
from torch import Tensor, nn

from recurra.nn.encoders.skeleton_features import SkeletonFeatures, last_seen
from recurra.nn.encoders.step_batch_norm import StepBatchNorm
from recurra.nn.encoders.temporal import TemporalBlock


class SeriesEncoder(nn.Module):
    """Measurements, at a high rate, to vectors at a lower one that a recurrence reads.

    A batch norm standardises the features by what it has seen in training; then come blocks of `TemporalBlock`
    (convolutions before the recurrence: Ordonez and Roggen, 2016, "DeepConvLSTM"). A missing value (NaN) stays what it
    was last, or 0 if it has never been known.

    Args:
        input_size: features of a step, I.
        sizes: features after each block; the last is `size`, F.
        kernel_sizes: steps that each block reads.
        strides: of each block; their product is `stride`, steps of the input for one of the output.
        causal: whether no later step is read.
        dropout: after each block.
    """

    def __init__(
        self,
        input_size: int,
        sizes: tuple[int, ...] = (64, 96, 128),
        kernel_sizes: tuple[int, ...] = (7, 5, 5),
        strides: tuple[int, ...] = (2, 2, 2),
        causal: bool = True,
        dropout: float = 0.1,
    ):
        super().__init__()
        if not len(sizes) == len(kernel_sizes) == len(strides):
            raise ValueError(
                f"blocks: expected as many sizes as kernel_sizes and strides, got {sizes}, {kernel_sizes}, {strides}"
            )
        self.norm = StepBatchNorm(input_size)
        self.blocks = nn.ModuleList()
        self.stride = 1
        for size, kernel_size, stride in zip(sizes, kernel_sizes, strides, strict=True):
            self.blocks.append(TemporalBlock(input_size, size, kernel_size, stride, causal, dropout))
            input_size = size
            self.stride *= stride
        self.size = input_size

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, I), lengths (B,), to (B, T', F) and its lengths."""
        missing = x.isnan().unsqueeze(-1)  # (B, T, I, 1)
        x = torch.nan_to_num(last_seen(x.unsqueeze(-1), missing.squeeze(-1)).squeeze(-1))
        x = self.norm(x, lengths)
        for block in self.blocks:
            x, lengths = block(x, lengths)
        return x, lengths


class SkeletonEncoder(nn.Module):
    """Joints of a body to vectors that a recurrence reads.

    Args:
        features: what is made of the joints.
        sizes, kernel_sizes, strides, causal, dropout: as of `SeriesEncoder`.
    """

    def __init__(
        self,
        features: SkeletonFeatures | None = None,
        sizes: tuple[int, ...] = (128, 128),
        kernel_sizes: tuple[int, ...] = (5, 5),
        strides: tuple[int, ...] = (1, 2),
        causal: bool = True,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.features = features or SkeletonFeatures()
        self.series = SeriesEncoder(self.features.size, sizes, kernel_sizes, strides, causal, dropout)
        self.size, self.stride = self.series.size, self.series.stride

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring joints (B, T, J, D), NaN where they are missing, lengths (B,), to (B, T', F) and its lengths."""
        encoded: tuple[Tensor, Tensor | None] = self.series(self.features(x), lengths)
        return encoded
