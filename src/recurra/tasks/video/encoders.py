"""Which encoder reads which signal."""

from typing import Any

import torch
from torch import Tensor, nn

from recurra.nn.step_mask import step_mask
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.signal import Signal


class _FrameCNN(nn.Module):
    """To be replaced."""

    stride = 1

    def __init__(self, shape, channels):
        super().__init__()
        c = shape[-1] * 2
        layers = []
        for k in range(4):
            w = channels * 2 ** min(k, 2)
            layers += [nn.Conv2d(c, w, 3, 2, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU()]
            c = w
        self.layers = nn.Sequential(*layers)
        self.size = c

    def forward(self, samples: Tensor, lengths: Tensor, state: Any = None):
        x = samples.float() / 255 - 0.5  # (B, T, H, W, C)
        before = torch.cat([x[:, :1] if state is None else state, x[:, :-1]], 1)
        both = torch.cat([x, x - before], -1).permute(0, 1, 4, 2, 3)
        mask = step_mask(lengths, x.shape[1])
        rows = self.layers(both[mask]).amax((2, 3))
        features = rows.new_zeros(*mask.shape, self.size)
        features[mask] = rows
        return features, lengths, x[:, -1:]


class _Series(nn.Module):
    stride = 1

    def __init__(self, shape, channels):
        super().__init__()
        size = 1
        for n in shape:
            size *= n
        self.size = 64
        self.norm = nn.BatchNorm1d(size)
        self.linear = nn.Linear(size, 64)

    def forward(self, samples, lengths, state=None):
        x = samples.float().flatten(2)
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        return torch.relu(self.linear(x)), lengths, None


def make_encoder(name: str, signal: Signal, config: VideoConfig) -> nn.Module:
    """Make what reads the samples of a signal: called with samples (B, T, ...), lengths and a state."""
    if signal.kind == "frames":
        return _FrameCNN(signal.shape, config.channels)
    return _Series(signal.shape, config.channels)
