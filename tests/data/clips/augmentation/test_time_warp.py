import numpy as np
import pytest

from recurra.data.clips.augmentation import TimeWarp, TimeWarpAugmentation


def test_the_warp_that_changes_nothing_changes_nothing():
    for samples in (np.arange(12, dtype=np.float32).reshape(6, 2), np.arange(6, dtype=np.uint8)):
        np.testing.assert_array_equal(TimeWarp().apply(samples), samples)


def test_twice_as_fast_is_every_second_sample_and_half_as_fast_lies_between():
    samples = np.arange(9, dtype=np.float32)
    np.testing.assert_allclose(TimeWarp(speed=2.0).apply(samples), [0, 2, 4, 6, 8])
    np.testing.assert_allclose(TimeWarp(speed=0.5).apply(samples), np.arange(17) / 2)
    assert TimeWarp(speed=0.5).apply(samples.astype(np.uint8)).dtype == np.uint8


def test_signals_of_any_rate_begin_and_end_at_the_same_moments():
    warp = TimeWarp(begin=0.25, end=0.75, speed=0.8, bend=0.05)
    slow, fast = warp.positions(41) / 40, warp.positions(101) / 100
    assert slow[0] == fast[0] == pytest.approx(0.25)
    assert slow[-1] == fast[-1] == pytest.approx(0.75)
    middle = np.interp(0.5, np.linspace(0, 1, len(slow)), slow)
    assert np.interp(0.5, np.linspace(0, 1, len(fast)), fast) == pytest.approx(middle, abs=1e-3)
    assert len(slow) == 26


def test_a_bend_makes_the_middle_late_and_never_turns_back():
    positions = TimeWarp(bend=0.3).positions(101)
    assert positions[50] == pytest.approx(20)
    assert (np.diff(positions) >= 0).all()
    assert positions[0] == 0
    assert positions[-1] == 100


def test_between_a_missing_sample_and_another_is_a_missing_one():
    samples = np.array([0.0, np.nan, 2.0, 3.0], np.float32)
    warped = TimeWarp(speed=0.5).apply(samples)
    np.testing.assert_array_equal(np.isnan(warped), [False, True, True, True, False, False, False])


def test_drawn_warps_are_within_the_settings_and_a_function_of_the_seed():
    settings = TimeWarpAugmentation(speed=(0.5, 2.0), crop=0.2, bend=0.1)
    warps = [settings.draw(np.random.default_rng(seed)) for seed in range(200)]
    assert warps[3] == settings.draw(np.random.default_rng(3))
    speeds = np.array([warp.speed for warp in warps])
    assert speeds.min() >= 0.5
    assert speeds.max() <= 2.0
    assert 0.4 < (speeds > 1).mean() < 0.6
    assert all(0 <= warp.begin <= 0.2 and 0.8 <= warp.end <= 1 and abs(warp.bend) <= 0.1 for warp in warps)


def test_one_sample_stays_one():
    assert TimeWarp(speed=0.3, begin=0.1).apply(np.ones((1, 3), np.float32)).shape == (1, 3)
