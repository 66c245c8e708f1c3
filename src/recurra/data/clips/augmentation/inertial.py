"""Inertial measurements (T, 3 K) float32, K sensors of three axes each, worn otherwise and measured worse."""

from dataclasses import dataclass

import numpy as np

from recurra.data.clips.augmentation.rotation import about_any_axis


@dataclass(frozen=True)
class InertialAugmentation:
    """How far inertial measurements are changed.

    rotation: standard deviation of the angle by which the sensors sit otherwise, in degrees.
    scale: largest change of each axis' scale, as a share.
    noise: standard deviation of each number, in shares of its feature's own over the clip.
    bias: the same of what each feature is wrong by in the whole clip.
    """

    rotation: float = 10.0
    scale: float = 0.15
    noise: float = 0.1
    bias: float = 0.2

    def apply(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Bring (T, 3 K) to the same shape."""
        samples = rotate(samples, generator, self.rotation)
        samples = scale(samples, generator, self.scale)
        return add_noise(samples, generator, self.noise, self.bias)


def rotate(samples: np.ndarray, generator: np.random.Generator, degrees: float) -> np.ndarray:
    """Turn all sensors together, as if worn otherwise (Um et al., 2017); without one axis, all three are missing."""
    if samples.shape[1] % 3:
        raise ValueError(f"inertial: expected three axes of each sensor, got {samples.shape[1]} features")
    matrix = about_any_axis(generator, degrees).astype(samples.dtype)
    sensors = samples.reshape(len(samples), -1, 3)  # (T, K, 3)
    turned: np.ndarray = sensors @ matrix.T
    return turned.reshape(samples.shape)


def scale(samples: np.ndarray, generator: np.random.Generator, share: float) -> np.ndarray:
    """Make each feature larger or smaller by up to a share of it."""
    factors = 1.0 + generator.uniform(-share, share, (samples.shape[1],))
    scaled: np.ndarray = samples * factors.astype(samples.dtype)
    return scaled


def add_noise(samples: np.ndarray, generator: np.random.Generator, noise: float, bias: float) -> np.ndarray:
    """Add noise to each number, and to each feature a bias for the whole clip; in shares of its deviation there."""
    deviation = np.ma.masked_invalid(samples).std(0).filled(0.0)  # (3 K,), of what is known
    added = noise * generator.standard_normal(samples.shape) + bias * generator.standard_normal(samples.shape[1])
    noisy: np.ndarray = samples + (deviation * added).astype(samples.dtype)
    return noisy
