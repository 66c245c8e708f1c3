"""Video (T, H, W, 3) uint8 cut, flipped, in other light and partly hidden; all frames of a clip alike."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class VideoAugmentation:
    """How far video is changed.

    crop: largest share of height and width that is cut off; what is left is brought to the old size.
    flip: chance that left is right. 0 where answers tell left from right.
    brightness: largest change of all values, of 255 as a share.
    contrast: largest change of their distance from their mean, as a share.
    erased: chance of a block that is hidden for a part of the clip.
    erased_frames: largest share of the frames that are replaced by the frame before.
    """

    crop: float = 0.15
    flip: float = 0.5
    brightness: float = 0.1
    contrast: float = 0.2
    erased: float = 0.3
    erased_frames: float = 0.1

    def apply(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Bring (T, H, W, C) to the same shape."""
        samples = crop(samples, generator, self.crop)
        samples = flip(samples, generator, self.flip)
        samples = change_light(samples, generator, self.brightness, self.contrast)
        samples = erase(samples, generator, self.erased)
        return erase_frames(samples, generator, self.erased_frames)


def crop(samples: np.ndarray, generator: np.random.Generator, share: float) -> np.ndarray:
    """Cut a window of the same shape out of all frames, up to `share` smaller, and bring it to the old size."""
    height, width = samples.shape[1:3]
    left_over = 1.0 - generator.uniform(0.0, share)
    top, left = generator.uniform(0.0, 1.0 - left_over, 2)
    rows = _nearest(height, top, left_over)
    columns = _nearest(width, left, left_over)
    return samples[:, rows[:, None], columns]


def _nearest(size: int, begin: float, share: float) -> np.ndarray:
    """Indices (size,) of the pixels nearest to `size` points over a share of as many pixels."""
    points = (np.arange(size) + 0.5) / size * share + begin
    indices: np.ndarray = np.floor(points * size).astype(np.int64).clip(0, size - 1)
    return indices


def flip(samples: np.ndarray, generator: np.random.Generator, chance: float) -> np.ndarray:
    """Change left and right of all frames, with a chance."""
    return samples[:, :, ::-1] if generator.random() < chance else samples


def change_light(samples: np.ndarray, generator: np.random.Generator, brightness: float, contrast: float) -> np.ndarray:
    """Change brightness and contrast of all frames alike."""
    factor = 1.0 + generator.uniform(-contrast, contrast)
    added = 255.0 * generator.uniform(-brightness, brightness)
    mean = samples.mean()
    values = (np.arange(256) - mean) * factor + mean + added
    table = np.rint(values.clip(0, 255)).astype(np.uint8)
    lit: np.ndarray = table[samples]
    return lit


def erase(samples: np.ndarray, generator: np.random.Generator, chance: float) -> np.ndarray:
    """Hide a block of a tenth to a third of height and width for a part of the clip, with a chance; 0 in its place."""
    if generator.random() >= chance:
        return samples
    samples = samples.copy()
    steps, height, width = samples.shape[:3]
    tall, wide = (max(1, round(side * generator.uniform(0.1, 0.33))) for side in (height, width))
    top, left = generator.integers(0, height - tall + 1), generator.integers(0, width - wide + 1)
    first, last = np.sort(generator.integers(0, steps, 2))
    samples[first : last + 1, top : top + tall, left : left + wide] = 0
    return samples


def erase_frames(samples: np.ndarray, generator: np.random.Generator, share: float) -> np.ndarray:
    """Lose up to a share of the frames: each is as the last before it that was not lost, the first is never lost."""
    lost = generator.random(len(samples)) < generator.uniform(0.0, share)
    lost[0] = False
    source = np.maximum.accumulate(np.where(lost, 0, np.arange(len(samples))))
    return samples[source]
