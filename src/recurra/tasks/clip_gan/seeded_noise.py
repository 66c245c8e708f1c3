"""The random numbers of made clips from seeds: of contents and of motions apart, each clip by itself."""

import numpy as np
import torch

from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.generator import ClipNoise

_CONTENT, _MOTION, _LABEL = range(3)  # what is drawn, so that one seed gives other numbers for each


def draw(
    config: ClipGANConfig,
    count: int,
    length: int,
    content_seed: int,
    motion_seed: int,
    label: int | None = None,
    labels: int = 0,
) -> ClipNoise:
    """Draw what clips are made of.

    The numbers of a clip follow from seeds and its place alone: not from how many there are, and those of a step not
    from how many steps follow.

    Args:
        config: says how many numbers a content and a step have.
        count: of clips.
        length: of each, in frames.
        content_seed, motion_seed: of the contents (and labels), and of the motions.
        label: number of the label of all; None draws one for each.
        labels: how many there are; 0 if nobody tells.
    """
    contents, motions, chosen = [], [], []
    for number in range(count):
        contents.append(_normal(content_seed, _CONTENT, number, config.content_noise_size))
        motions.append(_normal(motion_seed, _MOTION, number, 1 + length, config.motion_noise_size))
        if labels:
            drawn = int(np.random.default_rng([content_seed, _LABEL, number]).integers(labels))
            chosen.append(drawn if label is None else label)
    return ClipNoise(torch.stack(contents), torch.stack(motions), torch.tensor(chosen) if labels else None)


def _normal(seed: int, kind: int, number: int, *shape: int) -> torch.Tensor:
    """Independent normal numbers, the first of which are the same however many there are."""
    numbers = np.random.default_rng([seed, kind, number]).standard_normal(shape, np.float32)
    return torch.from_numpy(numbers)
