"""Judges single frames."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from recurra.nn.clips.labelled_score import LabelledScore
from recurra.nn.clips.upsampling import doublings

_SLOPE = 0.2  # of the leaky ReLU
_MOST = 4  # times as many channels as the first map has


class ImageDiscriminator(nn.Module):
    """A score of each frame, the higher the more it looks real, by convolutions that halve height and width.

    It has no batch norm, so that the score of a frame is a function of that frame alone, as a gradient penalty needs.

    Args:
        side: height and width of a frame in pixels, a power of two from 8 on.
        channels: of the first map; each next one has twice as many, up to four times.
        labels: how many kinds of frames there are; 0 if nobody tells. With labels the score has a part that asks if
            a frame is of its kind (Miyato and Koyama, 2018).
    """

    def __init__(self, side: int = 64, channels: int = 16, labels: int = 0):
        super().__init__()
        sizes = [min(channels << number, _MOST * channels) for number in range(doublings(side))]
        self.halving = nn.ModuleList(nn.Conv2d(before, after, 4, 2, 1) for before, after in pairwise([3, *sizes]))
        self.score = LabelledScore(sizes[-1] * 16, labels)

    def forward(self, frames: Tensor, labels: Tensor | None = None) -> Tensor:
        """Score frames (N, 3, H, W), from -1 to 1, of labels (N,): to (N,)."""
        maps = frames.contiguous(memory_format=torch.channels_last)
        for halving in self.halving:
            maps = nn.functional.leaky_relu(halving(maps), _SLOPE)
        scores: Tensor = self.score(maps.flatten(1), labels)
        return scores
