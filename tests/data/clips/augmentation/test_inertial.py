import numpy as np
import pytest

from recurra.data.clips.augmentation import InertialAugmentation
from recurra.data.clips.augmentation.inertial import add_noise, rotate, scale


def movement():
    return np.random.default_rng(1).standard_normal((200, 6)).astype(np.float32) * np.float32([1, 1, 1, 50, 50, 50])


def test_turned_sensors_measure_the_same_lengths_and_turn_together():
    samples = movement()
    samples[:, 3:] = 2 * samples[:, :3]
    turned = rotate(samples, np.random.default_rng(1), 40.0)
    assert turned.dtype == np.float32
    assert not np.allclose(turned, samples, atol=0.1)
    for first in (0, 3):
        before, after = (np.linalg.norm(x[:, first : first + 3], axis=1) for x in (samples, turned))
        np.testing.assert_allclose(after, before, rtol=1e-4)
    np.testing.assert_allclose(turned[:, 3:], 2 * turned[:, :3], atol=1e-4)


def test_axes_are_scaled_and_noise_is_a_share_of_what_they_do():
    samples = movement()
    factors = scale(samples, np.random.default_rng(1), 0.15) / samples
    np.testing.assert_allclose(factors, np.broadcast_to(factors[:1], factors.shape), rtol=1e-4)
    assert (np.abs(factors - 1) <= 0.1501).all()
    noise = add_noise(samples, np.random.default_rng(1), 0.2, 0.0) - samples
    np.testing.assert_allclose(noise.std(0) / samples.std(0), 0.2, rtol=0.3)
    bias = add_noise(samples, np.random.default_rng(1), 0.0, 0.2) - samples
    np.testing.assert_allclose(bias, np.broadcast_to(bias[:1], bias.shape), atol=1e-3)


def test_missing_numbers_stay_missing_and_the_seed_decides():
    samples = movement()
    samples[3:9, 1] = np.nan
    settings = InertialAugmentation(rotation=0.0)
    first, same, other = (settings.apply(samples, np.random.default_rng(seed)) for seed in (1, 1, 2))
    missing = np.isnan(first)
    assert missing[3:9, :3].all()  # a turn needs all three axes of a sensor
    assert missing.sum() == 18
    assert not np.array_equal(first[:, 1], samples[:, 1], equal_nan=True)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other, equal_nan=True)


def test_sensors_have_three_axes():
    with pytest.raises(ValueError, match="expected three axes of each sensor, got 4 features"):
        rotate(np.zeros((5, 4), np.float32), np.random.default_rng(1), 10.0)
