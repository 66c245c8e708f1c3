"""Depth (T, H, W, 1) uint8, background 0, of a body elsewhere, of another size, and partly hidden."""

from dataclasses import dataclass

import numpy as np

from recurra.data.clips.augmentation.video import erase


@dataclass(frozen=True)
class DepthAugmentation:
    """How far depth is changed.

    shift: largest way that the body is moved, in pixels.
    scale: largest change of its size, as a share; its width besides by half of that.
    shear: largest way that a row is moved for each row above it, in pixels.
    offset: largest change of all depths.
    noise: largest change of each depth.
    erased: chance of a block that is hidden for a part of the clip.
    """

    shift: float = 3.0
    scale: float = 0.12
    shear: float = 0.1
    offset: int = 10
    noise: int = 1
    erased: float = 0.3

    def apply(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Bring (T, H, W, 1) to the same shape."""
        samples = move(samples, generator, self.shift, self.scale, self.shear)
        samples = change_depth(samples, generator, self.offset, self.noise)
        return erase(samples, generator, self.erased)


def move(samples: np.ndarray, generator: np.random.Generator, shift: float, scale: float, shear: float) -> np.ndarray:
    """Move, scale and shear all frames alike, about the body's middle in the first; 0 comes in at the margins."""
    height, width = samples.shape[1:3]
    down, across = generator.uniform(-shift, shift, 2)
    factor = 1.0 + generator.uniform(-scale, scale)
    wider = factor * (1.0 + generator.uniform(-scale, scale) / 2)
    slant = generator.uniform(-shear, shear)
    middle_row, middle_column = _middle(samples[0, ..., 0])
    row, column = np.mgrid[:height, :width].astype(np.float64)
    source_row = np.rint((row - middle_row - down) / factor + middle_row).astype(np.int64)  # (H, W)
    from_middle = (column - middle_column - across) / wider + slant * (row - middle_row)
    source_column = np.rint(from_middle + middle_column).astype(np.int64)
    inside = (source_row >= 0) & (source_row < height) & (source_column >= 0) & (source_column < width)
    moved = samples[:, source_row.clip(0, height - 1), source_column.clip(0, width - 1)]  # (T, H, W, 1)
    shown: np.ndarray = moved * inside[..., None]
    return shown


def change_depth(samples: np.ndarray, generator: np.random.Generator, offset: int, noise: int) -> np.ndarray:
    """Move all of the body nearer or farther, and each of its pixels a little; the background stays 0."""
    change = generator.integers(-offset, offset + 1)
    changes = change + generator.integers(-noise, noise + 1, samples.shape, dtype=np.int16)
    changed = (samples + changes).clip(1, 255).astype(samples.dtype)
    return np.where(samples > 0, changed, samples)


def _middle(frame: np.ndarray) -> tuple[float, float]:
    """Mean row and column of the body in (H, W); of the picture where there is none."""
    rows, columns = np.nonzero(frame)
    if not len(rows):
        return (frame.shape[0] - 1) / 2, (frame.shape[1] - 1) / 2
    return float(rows.mean()), float(columns.mean())
