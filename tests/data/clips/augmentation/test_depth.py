import numpy as np

from recurra.data.clips.augmentation import DepthAugmentation
from recurra.data.clips.augmentation.depth import change_depth, move


def clip():
    depth = np.zeros((3, 24, 32, 1), np.uint8)
    depth[:, 8:16, 12:18] = 100
    return depth


def test_moved_it_is_the_same_block_elsewhere_in_all_frames():
    moved = move(clip(), np.random.default_rng(2), 4.0, 0.0, 0.0)
    assert moved.dtype == np.uint8
    rows, columns = np.nonzero(moved[0, ..., 0])
    assert (np.ptp(rows), np.ptp(columns)) == (7, 5)
    assert (rows.min(), columns.min()) != (8, 12)
    assert abs(rows.min() - 8) <= 4
    assert (moved == moved[:1]).all()


def test_scaled_it_stays_about_its_middle():
    areas = set()
    for seed in range(8):
        moved = move(clip(), np.random.default_rng(seed), 0.0, 0.3, 0.0)
        rows, columns = np.nonzero(moved[0, ..., 0])
        assert abs(rows.mean() - 11.5) <= 0.6
        assert abs(columns.mean() - 14.5) <= 0.6
        areas.add(len(rows))
    assert min(areas) < 48 < max(areas)


def test_what_leaves_the_picture_is_gone_and_zeros_come_in():
    filled = np.full((1, 10, 10, 1), 9, np.uint8)
    moved = move(filled, np.random.default_rng(2), 6.0, 0.0, 0.0)
    assert 0 < (moved == 0).sum() < 100


def test_depth_changes_on_the_body_alone_and_never_to_background():
    changed = change_depth(clip(), np.random.default_rng(3), 10, 1)
    np.testing.assert_array_equal(changed > 0, clip() > 0)
    values = changed[changed > 0].astype(int)
    assert np.ptp(values) == 2
    assert 89 <= values.min() <= values.max() <= 111
    near = np.where(clip() > 0, 1, 0).astype(np.uint8)
    assert (change_depth(near, np.random.default_rng(1), 50, 1) > 0).sum() == (near > 0).sum()


def test_it_is_a_function_of_the_seed_and_leaves_its_input():
    samples = clip()
    settings = DepthAugmentation(erased=1.0)
    first, same, other = (settings.apply(samples, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(samples, clip())
    settings.apply(np.zeros((2, 8, 8, 1), np.uint8), np.random.default_rng(1))
