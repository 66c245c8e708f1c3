"""Clips changed at random in training, as the settings say."""

import numpy as np
import pytest

from recurra.tasks.video.augmentation import augmented
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.signal import Signal

SIGNALS = {"video": Signal("frames", (8, 8, 3), 10.0), "inertial": Signal("series", (6,), 50.0)}
DRAW = np.random.default_rng(1)
CLIP = {
    "video": DRAW.integers(256, size=(20, 8, 8, 3), dtype=np.uint8),
    "inertial": np.arange(600.0, dtype=np.float32).reshape(100, 6),
}


def _changed(seed: int = 0, clip=CLIP, **settings):
    return augmented(clip, SIGNALS, VideoConfig(**settings), np.random.default_rng(seed))


def test_the_same_numbers_change_a_clip_in_the_same_way():
    first, second, other = _changed(3), _changed(3), _changed(4)
    for name in CLIP:
        np.testing.assert_array_equal(first[name], second[name])
        assert first[name].shape != other[name].shape or (first[name] != other[name]).any()


def test_nothing_is_changed_where_the_settings_say_so():
    changed = _changed(augment=False)
    assert all(changed[name] is CLIP[name] for name in CLIP)


def test_time_stays_where_there_is_an_answer_at_every_frame():
    for seed in range(5):
        changed = _changed(seed, per_step=True)
        assert {name: len(samples) for name, samples in changed.items()} == {"video": 20, "inertial": 100}


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seconds_of_every_signal_are_taken(seed):
    part = _changed(seed, augment=False, max_seconds=0.5)
    assert part["video"].shape == (5, 8, 8, 3)
    assert part["inertial"].shape == (25, 6)
    start = part["inertial"][0, 0] / 6 / 50  # seconds
    first = next(i for i in range(20) if (part["video"][0] == CLIP["video"][i]).all())
    assert first == int(start * 10 + 1e-6) or first == int(start * 10 - 0.2)


def test_a_clip_that_is_shorter_is_taken_whole_and_what_is_missing_stays_so():
    clip = CLIP | {"inertial": None}
    part = _changed(clip=clip, augment=False, max_seconds=5.0)
    assert part["inertial"] is None
    np.testing.assert_array_equal(part["video"], CLIP["video"])


def test_frames_are_mirrored_only_where_left_and_right_mean_the_same():
    ramp = np.broadcast_to(np.arange(8, dtype=np.uint8)[:, None] * 20 + 40, (4, 8, 8, 3))
    clip = {"video": ramp, "inertial": None}

    def falls(seed: int, flip: bool) -> bool:
        frame = _changed(seed, clip, flip=flip)["video"][0, 4, :, 0].astype(int)
        return int(frame[1]) > int(frame[6])

    assert not any(falls(seed, flip=False) for seed in range(20))
    assert 3 < sum(falls(seed, flip=True) for seed in range(20)) < 17
