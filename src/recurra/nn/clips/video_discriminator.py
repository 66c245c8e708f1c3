"""Judges how the frames of a clip follow each other."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.nn.clips.labelled_score import LabelledScore
from recurra.nn.clips.upsampling import doublings

_SLOPE = 0.2  # of the leaky ReLU
_MOST = 4  # times as many channels as the first map has
_GROUP = 4  # clips whose differences are measured together
SHORTEST = 4  # frames of a clip that can be judged


class VideoDiscriminator(nn.Module):
    """A score of each clip, the higher the more it looks real, by convolutions over height, width and time.

    Frames are halved first: what is small is for the judge of single frames (Clark et al., 2019, DVD-GAN), and the
    convolutions take a quarter of the time. The score also knows how much the clips of a group differ (Karras et al.,
    2018), so that a generator does not make one clip only.

    Args:
        side: height and width of a frame in pixels, a power of two from 16 on.
        channels: of the first map; each next one has twice as many, up to four times.
        labels: how many kinds of clips there are; 0 if nobody tells.
    """

    def __init__(self, side: int = 64, channels: int = 24, labels: int = 0):
        super().__init__()
        sizes = [min(channels << number, _MOST * channels) for number in range(doublings(side // 2))]
        self.halving = nn.ModuleList()
        for number, (before, after) in enumerate(pairwise([3, *sizes])):
            in_time = 2 if number < 2 else 1  # so that short clips can be judged
            self.halving.append(nn.Conv3d(before, after, (2 + in_time, 4, 4), (in_time, 2, 2), 1))
        self.score = LabelledScore(sizes[-1] * 16 + 1, labels)

    def forward(self, clips: Tensor, labels: Tensor | None = None) -> Tensor:
        """Score clips (B, T, 3, H, W), from -1 to 1, of labels (B,): to (B,)."""
        batch, steps = clips.shape[:2]
        halved = F.avg_pool2d(clips.flatten(0, 1), 2)  # (B T, 3, H, W)
        maps = halved.view(batch, steps, *halved.shape[1:]).transpose(1, 2)  # (B, 3, T, H, W)
        for halving in self.halving:
            maps = F.leaky_relu(halving(maps), _SLOPE)
        vectors = maps.mean(2).flatten(1)  # (B, C 4 4)
        scores: Tensor = self.score(torch.cat([vectors, difference(vectors)], 1), labels)
        return scores


def difference(vectors: Tensor) -> Tensor:
    """How much the vectors (B, F) of a group differ from each other, (B, 1): a mean deviation (Karras et al., 2018)."""
    batch = len(vectors)
    group = _GROUP if batch % _GROUP == 0 else batch
    grouped = vectors.view(-1, group, vectors.shape[1])  # (groups, group, F)
    deviation = (grouped.var(1, correction=0) + 1e-6).sqrt().mean(1)  # (groups,)
    return deviation.repeat_interleave(group).unsqueeze(1)
