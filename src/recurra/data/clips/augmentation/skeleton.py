"""Skeletons (T, J, D) float32 seen from elsewhere, of other bodies, and by a worse sensor. D is 2 or 3; y points up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recurra.data.clips.augmentation.rotation import about_axis


@dataclass(frozen=True)
class SkeletonAugmentation:
    """How far skeletons are changed.

    yaw: largest turn about the vertical axis, in degrees.
    tilt: largest turn about each of the others, in degrees.
    stretch: largest change of width, height and depth, as a share.
    noise: standard deviation of each number, in shares of the body's size.
    offset: the same of what a joint is wrong by in the whole clip.
    drop: chance of each joint to be missing for a part of the clip.
    """

    yaw: float = 20.0
    tilt: float = 10.0
    stretch: float = 0.1
    noise: float = 0.01
    offset: float = 0.02
    drop: float = 0.0

    def apply(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Bring (T, J, D) to the same shape."""
        samples = turn(samples, generator, self.yaw, self.tilt)
        samples = stretch(samples, generator, self.stretch)
        samples = jitter(samples, generator, self.noise, self.offset)
        return drop_joints(samples, generator, self.drop)


def turn(samples: np.ndarray, generator: np.random.Generator, yaw: float, tilt: float) -> np.ndarray:
    """Turn a body about its middle by up to `yaw` degrees about the vertical axis and `tilt` about the others.

    In two dimensions it is turned in the picture, by up to `tilt`.
    """
    upright, forward, side = np.radians(generator.uniform(-1.0, 1.0, 3) * (yaw, tilt, tilt))
    x, y, z = np.eye(3)
    matrix = about_axis(z, side) @ about_axis(x, forward) @ about_axis(y, upright)
    if samples.shape[-1] == 2:
        matrix = about_axis(z, side)[:2, :2]
    middle = _middle(samples)
    turned: np.ndarray = (samples - middle) @ matrix.T.astype(samples.dtype) + middle
    return turned


def stretch(samples: np.ndarray, generator: np.random.Generator, share: float) -> np.ndarray:
    """Make a body wider, higher and deeper or less, by up to a share of each."""
    factors = 1.0 + generator.uniform(-share, share, (samples.shape[-1],))
    middle = _middle(samples)
    stretched: np.ndarray = (samples - middle) * factors.astype(samples.dtype) + middle
    return stretched


def jitter(samples: np.ndarray, generator: np.random.Generator, noise: float, offset: float) -> np.ndarray:
    """Add noise to each number, and to each joint an offset for the whole clip; in shares of the body's size."""
    size = body_size(samples)
    shaking = noise * size * generator.standard_normal(samples.shape)
    wrong = offset * size * generator.standard_normal(samples.shape[1:])
    shaken: np.ndarray = samples + (shaking + wrong).astype(samples.dtype)
    return shaken


def drop_joints(samples: np.ndarray, generator: np.random.Generator, share: float) -> np.ndarray:
    """Lose each joint, with the chance `share`, for a part of the clip: NaN in its place."""
    samples = samples.copy()
    steps, joints = samples.shape[:2]
    for joint in np.flatnonzero(generator.random(joints) < share):
        first, last = np.sort(generator.integers(0, steps, 2))
        samples[first : last + 1, joint] = np.nan
    return samples


def mirror(samples: np.ndarray, mirrored: Sequence[int]) -> np.ndarray:
    """Give the clip as in a mirror: left is right. Only for answers that do not tell left from right.

    Args:
        samples: (T, J, D).
        mirrored: of each joint the same joint of the other side, (J,).
    """
    seen = samples[:, list(mirrored)]
    middle = _middle(samples)
    seen[..., 0] = 2 * middle[..., 0] - seen[..., 0]
    return seen


def body_size(samples: np.ndarray) -> float:
    """Root mean square of the distances of the joints from their middle; 0 where none is known."""
    apart = (samples - np.nanmean(samples, 1, keepdims=True)) if _known(samples) else np.zeros(1)
    return float(np.sqrt(np.nanmean(np.square(apart)) * samples.shape[-1]))


def _middle(samples: np.ndarray) -> np.ndarray:
    """Mean of all joints over the clip, (1, 1, D)."""
    if not _known(samples):
        return np.zeros((1, 1, samples.shape[-1]), samples.dtype)
    middle: np.ndarray = np.nanmean(samples, (0, 1), keepdims=True)
    return middle


def _known(samples: np.ndarray) -> bool:
    return bool(np.isfinite(samples).any())
