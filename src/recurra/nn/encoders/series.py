"""Encoders of signals that are vectors at each step: inertial sensors, and skeletons by their features."""

from typing import Any, cast

import torch
from torch import Tensor, nn

from recurra.nn.encoders.encoder import Encoder
from recurra.nn.encoders.inertial_features import InertialFeatures
from recurra.nn.encoders.running import fill_missing
from recurra.nn.encoders.skeleton_features import SkeletonFeatures
from recurra.nn.encoders.step_batch_norm import StepBatchNorm
from recurra.nn.encoders.temporal import TemporalBlock


class SeriesEncoder(Encoder):
    """Measurements, at a high rate, to vectors at a lower one that a recurrence reads.

    A batch norm standardises the features by what it has seen in training; then come blocks of `TemporalBlock`
    (convolutions before the recurrence: Ordonez and Roggen, 2016, "DeepConvLSTM"). A missing value (NaN) stays what it
    was last, or 0 if it has never been known.

    Args:
        input_size: features of a step, I.
        sizes: features after each block; the last is `size`, F.
        kernel_sizes: steps that each block reads.
        strides: of each block; their product is `stride`.
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
        """Bring (B, T, I), NaN where a value is missing, lengths (B,), to (B, T', F) and its lengths."""
        x = self.norm(torch.nan_to_num(fill_missing(x)), lengths)
        for block in self.blocks:
            x, lengths = block(x, lengths)
        return x, lengths

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        last, *states = state or [None] * (1 + len(self.blocks))
        filled = fill_missing(x, last)
        states_after = [filled[:, -1]]
        x = self.norm(torch.nan_to_num(filled))
        for block, block_state in zip(self.blocks, states, strict=True):
            x, block_state = cast(TemporalBlock, block).stream(x, block_state)  # T' steps, where T' may be 0
            states_after.append(block_state)
        return x, states_after


class FeatureEncoder(Encoder):
    """Features of a signal, and a `SeriesEncoder` over them.

    Args:
        features: a module from samples and a state to features (B, T, I) and the state after them; it says its `size`.
        sizes, kernel_sizes, strides, causal, dropout: as of `SeriesEncoder`.
    """

    def __init__(
        self,
        features: InertialFeatures | SkeletonFeatures,
        sizes: tuple[int, ...],
        kernel_sizes: tuple[int, ...],
        strides: tuple[int, ...],
        causal: bool = True,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.features = features
        self.series = SeriesEncoder(features.size, sizes, kernel_sizes, strides, causal, dropout)
        self.size, self.stride = self.series.size, self.series.stride

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring samples (B, T, ...), NaN where something is missing, lengths (B,), to (B, T', F) and its lengths."""
        features, _ = self.features(x)
        encoded: tuple[Tensor, Tensor | None] = self.series(features, lengths)
        return encoded

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        features_state, series_state = state or (None, None)
        features, features_state = self.features(x, features_state)
        y, series_state = self.series.stream(features, series_state)
        return y, (features_state, series_state)


class InertialEncoder(FeatureEncoder):
    """Inertial measurements (B, T, 3 K) to vectors that a recurrence reads.

    Args:
        features: what is made of the measurements; as a rule `InertialFeatures()`.
        sizes, kernel_sizes, strides, causal, dropout: as of `SeriesEncoder`.
    """

    def __init__(
        self,
        features: InertialFeatures | None = None,
        sizes: tuple[int, ...] = (64, 96, 128),
        kernel_sizes: tuple[int, ...] = (7, 5, 5),
        strides: tuple[int, ...] = (2, 2, 2),
        causal: bool = True,
        dropout: float = 0.1,
    ):
        super().__init__(features or InertialFeatures(), sizes, kernel_sizes, strides, causal, dropout)


class SkeletonEncoder(FeatureEncoder):
    """Joints of a body (B, T, J, D) to vectors that a recurrence reads.

    Args:
        features: what is made of the joints; as a rule `SkeletonFeatures()`.
        sizes, kernel_sizes, strides, causal, dropout: as of `SeriesEncoder`.
    """

    def __init__(
        self,
        features: SkeletonFeatures | None = None,
        sizes: tuple[int, ...] = (96, 128, 128),
        kernel_sizes: tuple[int, ...] = (1, 5, 5),
        strides: tuple[int, ...] = (1, 2, 1),
        causal: bool = True,
        dropout: float = 0.1,
    ):
        super().__init__(features or SkeletonFeatures(), sizes, kernel_sizes, strides, causal, dropout)
