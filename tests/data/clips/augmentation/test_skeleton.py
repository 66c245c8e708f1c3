import numpy as np
import pytest

from recurra.data.clips.augmentation import SkeletonAugmentation
from recurra.data.clips.augmentation.skeleton import body_size, drop_joints, jitter, mirror, stretch, turn


def body(dimensions=3, seed=1):
    return np.random.default_rng(seed).standard_normal((8, 5, dimensions)).astype(np.float32) + 4


def lengths(samples):
    return np.linalg.norm(samples[:, :, None] - samples[:, None], axis=-1)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_turned_it_is_the_same_body_about_the_same_middle(dimensions):
    samples = body(dimensions)
    turned = turn(samples, np.random.default_rng(1), 30.0, 20.0)
    assert turned.dtype == np.float32
    assert not np.allclose(turned, samples, atol=0.1)
    np.testing.assert_allclose(lengths(turned), lengths(samples), atol=1e-5)
    np.testing.assert_allclose(turned.mean((0, 1)), samples.mean((0, 1)), atol=1e-5)


def test_yaw_alone_leaves_heights():
    samples = body()
    turned = turn(samples, np.random.default_rng(1), 180.0, 0.0)
    np.testing.assert_allclose(turned[..., 1], samples[..., 1], atol=1e-5)
    assert not np.allclose(turned[..., 0], samples[..., 0], atol=0.1)


def test_stretching_changes_each_axis_by_one_factor():
    samples = body()
    around = stretch(samples, np.random.default_rng(1), 0.2) - samples.mean((0, 1))
    factors = (around / (samples - samples.mean((0, 1)))).reshape(-1, 3)
    np.testing.assert_allclose(factors, np.broadcast_to(factors[0], factors.shape), rtol=1e-2)
    assert (np.abs(factors[0] - 1) <= 0.2).all()
    assert len(set(factors[0].round(4))) == 3


def test_noise_is_a_share_of_the_body_in_any_unit():
    samples = body()
    small = jitter(samples, np.random.default_rng(1), 0.1, 0.0) - samples
    large = jitter(samples * 1000, np.random.default_rng(1), 0.1, 0.0) - samples * 1000
    np.testing.assert_allclose(large, small * 1000, rtol=1e-2, atol=0.1)
    np.testing.assert_allclose(small.std(), 0.1 * body_size(samples), rtol=0.2)
    offset = jitter(samples, np.random.default_rng(1), 0.0, 0.1) - samples
    np.testing.assert_allclose(offset, np.broadcast_to(offset[:1], offset.shape), atol=1e-5)
    assert offset.std() > 0.05


def test_dropped_joints_are_missing_for_a_part_of_the_clip():
    samples = body()
    dropped = drop_joints(samples, np.random.default_rng(1), 1.0)
    missing = np.isnan(dropped)
    assert missing.any(0).all()
    assert not missing.all()
    assert np.isfinite(samples).all()
    for joint in range(5):
        steps = np.flatnonzero(missing[:, joint, 0])
        assert len(steps) == steps[-1] - steps[0] + 1
    assert np.isfinite(drop_joints(samples, np.random.default_rng(1), 0.0)).all()


def test_the_mirror_is_its_own_inverse_and_changes_sides():
    samples = body()
    mirrored = mirror(samples, [0, 2, 1, 4, 3])
    np.testing.assert_allclose(mirrored[:, 1, 1:], samples[:, 2, 1:])
    np.testing.assert_allclose(mirrored[:, 0, 0], 2 * samples[..., 0].mean() - samples[:, 0, 0], rtol=1e-4)
    np.testing.assert_allclose(mirror(mirrored, [0, 2, 1, 4, 3]), samples, rtol=1e-4)


def test_missing_joints_stay_missing_and_a_clip_without_any_passes():
    samples = body()
    samples[2, 3] = np.nan
    settings = SkeletonAugmentation()
    changed = settings.apply(samples, np.random.default_rng(1))
    np.testing.assert_array_equal(np.isnan(changed), np.isnan(samples))
    empty = np.full((4, 5, 3), np.nan, np.float32)
    assert np.isnan(settings.apply(empty, np.random.default_rng(1))).all()


def test_it_is_a_function_of_the_seed():
    settings = SkeletonAugmentation(drop=0.5)
    first, same, other = (settings.apply(body(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other, equal_nan=True)
    assert first.dtype == np.float32
