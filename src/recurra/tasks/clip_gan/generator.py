"""What makes clips: a motion and a content, made frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from recurra.nn import noise
from recurra.nn.clips.frame_generator import FrameGenerator
from recurra.nn.clips.motion import Motion
from recurra.tasks.clip_gan.config import ClipGANConfig

_LABEL_SIZE = 8  # numbers that a label is told by


@dataclass(frozen=True)
class ClipNoise:
    """What clips are made of: random numbers, and maybe labels.

    content: (B, content_noise_size). motion: (B, 1 + T, motion_noise_size), see `Motion`. labels: (B,), or None.
    """

    content: Tensor
    motion: Tensor
    labels: Tensor | None = None

    def rows(self, rows: slice) -> "ClipNoise":
        """What some of the clips are made of."""
        return ClipNoise(self.content[rows], self.motion[rows], None if self.labels is None else self.labels[rows])

    def to(self, device: torch.device) -> "ClipNoise":
        """The same on a device."""
        labels = None if self.labels is None else self.labels.to(device)
        return ClipNoise(self.content.to(device), self.motion.to(device), labels)


class ClipGenerator(nn.Module):
    """Random numbers to clips: the motion by a recurrence, each frame by convolutions of it and the content.

    Args:
        config: sizes.
        labels: how many kinds of clips there are; 0 if nobody tells.
        palette: colors of a clip's foreground; 0 for any.
    """

    def __init__(self, config: ClipGANConfig, labels: int = 0, palette: int = 0):
        super().__init__()
        self.content_size, self.motion_size = config.content_noise_size, config.motion_noise_size
        label_size = _LABEL_SIZE if labels else 0
        self.of_label = nn.Embedding(labels, label_size) if labels else None
        self.motion = Motion(self.motion_size, config.hidden_size, config.cell, label_size)
        self.frames = FrameGenerator(
            self.content_size + label_size,
            config.hidden_size,
            config.frame_size,
            config.generator_channels,
            palette,
            config.moving_background,
        )

    def forward(self, source: ClipNoise) -> Tensor:
        """Make clips (B, T, 3, H, W), from -1 to 1."""
        clips: Tensor = self.frames(*self._content_and_motion(source))
        return clips

    def parts(self, source: ClipNoise, steps: int) -> Iterator[Tensor]:
        """Make clips in parts of so many frames, (B, t, 3, H, W) each.

        In evaluation no frame depends on another one, but by the motion, which is made whole before.
        """
        content, motion = self._content_and_motion(source)
        for start in range(0, motion.shape[1], steps):
            yield self.frames(content, motion[:, start : start + steps])

    def _content_and_motion(self, source: ClipNoise) -> tuple[Tensor, Tensor]:
        """What frames are made of: (B, content_size) and (B, T, motion_size)."""
        content, condition = source.content, None
        if self.of_label is not None:
            condition = self.of_label(source.labels)  # (B, label_size)
            content = torch.cat([content, condition], 1)
        return content, self.motion(source.motion, condition)

    def noise(self, count: int, length: int, labels: Tensor | None = None) -> ClipNoise:
        """Draw the numbers of so many clips of so many frames."""
        like: Any = next(self.parameters())
        content = noise.normal(count, self.content_size, like=like)
        return ClipNoise(content, noise.normal(count, 1 + length, self.motion_size, like=like), labels)
