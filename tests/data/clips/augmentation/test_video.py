import numpy as np

from recurra.data.clips.augmentation import VideoAugmentation
from recurra.data.clips.augmentation.video import change_light, crop, erase, erase_frames, flip


def clip(frames=6):
    return np.random.default_rng(1).integers(0, 256, (frames, 20, 30, 3), dtype=np.uint8)


def test_a_crop_is_a_window_of_all_frames_at_the_old_size():
    row = np.broadcast_to(np.arange(20, dtype=np.uint8)[None, :, None, None], (6, 20, 30, 3))
    seen = crop(row, np.random.default_rng(1), 0.4)
    assert seen.shape == row.shape
    assert (seen == seen[:1, :, :1, :1]).all()
    rows = seen[0, :, 0, 0].astype(int)
    assert (np.diff(rows) >= 0).all()
    assert 11 <= np.ptp(rows) < 19
    np.testing.assert_array_equal(crop(clip(), np.random.default_rng(1), 0.0), clip())


def test_flips_are_as_often_as_the_chance_says():
    generator = np.random.default_rng(1)
    flips = [np.array_equal(flip(clip(1), generator, 0.3), clip(1)[:, :, ::-1]) for _ in range(300)]
    assert 0.2 < np.mean(flips) < 0.4


def test_light_changes_all_frames_alike_and_stays_in_bounds():
    lit = change_light(clip(), np.random.default_rng(1), 0.4, 0.5)
    assert lit.dtype == np.uint8
    assert lit.mean() != clip().mean()
    order = np.argsort(clip().ravel(), kind="stable")
    assert (np.diff(lit.ravel()[order].astype(int)) >= 0).all()  # one rising table for all values
    np.testing.assert_array_equal(change_light(clip(), np.random.default_rng(1), 0.0, 0.0), clip())


def test_a_block_is_hidden_at_the_same_place_of_frames_that_follow_each_other():
    samples = clip() | 1
    hidden = erase(samples, np.random.default_rng(1), 1.0)
    gone = (hidden == 0).all(-1)
    frames = np.flatnonzero(gone.any((1, 2)))
    assert len(frames) == frames[-1] - frames[0] + 1
    assert (gone[frames] == gone[frames[:1]]).all()
    assert 4 <= gone[frames[0]].sum() <= 70
    assert (samples > 0).all()
    assert erase(samples, np.random.default_rng(1), 0.0) is samples


def test_lost_frames_are_as_the_one_before():
    numbered = np.broadcast_to(np.arange(200)[:, None, None, None], (200, 1, 1, 1))
    seen = erase_frames(numbered, np.random.default_rng(1), 0.8)[:, 0, 0, 0]
    assert seen[0] == 0
    assert (np.diff(seen) >= 0).all()
    assert (seen <= np.arange(200)).all()
    repeated = np.diff(seen) == 0
    assert 0.05 < repeated.mean() < 0.8
    np.testing.assert_array_equal(seen[1:][~repeated], np.arange(1, 200)[~repeated])


def test_it_is_a_function_of_the_seed_and_leaves_its_input():
    samples = clip()
    first, same, other = (VideoAugmentation().apply(samples, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(samples, clip())
