import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.clips import frame_source
from recurra.data.clips.frame import SourceFrame
from recurra.data.clips.sampling import sample


def source(times, duration=0.04):
    """Frames at some times, each of one color, which is its number."""
    for number, time in enumerate(times):
        image = np.full((1, 1, 3), number, np.uint8)
        yield SourceFrame(lambda size, image=image: image, time, duration)


def taken(times, rate, duration=0.04):
    return [frame.source for frame in sample(source(times, duration), rate, 1)]


@pytest.mark.parametrize(
    ("times", "rate", "expected"),
    [
        ([0, 0.1, 0.2, 0.3], 10, [0, 1, 2, 3]),
        ([0, 0.1, 0.2, 0.3], 5, [0, 2]),
        ([0, 0.1, 0.2, 0.3], 20, [0, 0, 1, 1, 2, 2, 3]),
        ([0, 0.5, 0.55, 0.6], 10, [0, 0, 0, 0, 0, 1, 3]),
        ([0, 0.033, 0.067, 0.1], 30, [0, 1, 2, 3, 3]),  # times rounded to a millisecond
        ([0, 0, 0, 0.1], 10, [2, 3]),  # of frames of one time the last is shown
        ([0], 10, [0]),
    ],
)
def test_the_last_frame_that_is_shown_at_a_time_is_taken(times, rate, expected):
    assert taken(times, rate) == expected


@given(st.lists(st.floats(0.002, 0.5), min_size=1, max_size=30), st.floats(1, 60))
def test_each_sample_is_what_a_look_at_the_whole_list_finds(steps, rate):
    times = [0.0, *itertools.accumulate(steps)]
    frames = list(sample(source(times), rate, 1))
    assert [frame.time for frame in frames] == [k / rate for k in range(len(frames))]
    assert [frame.source for frame in frames] == [
        max(i for i, time in enumerate(times) if time <= frame.time + 1e-3) for frame in frames
    ]
    assert all(frame.image[0, 0, 0] == frame.source for frame in frames)
    assert times[-1] + 0.04 - len(frames) / rate + 1 / rate >= 0


@pytest.mark.parametrize("rate", [3, 5, 15])
def test_copies_of_other_frame_rates_give_the_same_frames(tmp_path, moving_square, encode, rate):
    images = moving_square(60)
    samples = {}
    for copy in (15, 30, 60):
        for ending in ("mp4", "mkv"):
            path = encode(tmp_path / f"{copy}.{ending}", images[:: 60 // copy], copy)
            samples[path] = [frame.image for frame in sample(frame_source.frames(path, 1), rate, 32)]
    first, *others = samples.values()
    assert len(first) == rate
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_a_copy_of_variable_rate_gives_the_same_frames(tmp_path, moving_square, encode):
    images = moving_square(30)
    changes = [0, 1, 2, 5, 6, 12, 13, 20, 29]
    still = images[np.array([max(c for c in changes if c <= i) for i in range(30)])]
    whole = encode(tmp_path / "whole.mkv", still, 30)
    sparse = encode(tmp_path / "sparse.mkv", images[changes], 30, stamps=[c / 30 for c in changes])
    one, other = ([frame.image for frame in sample(frame_source.frames(path, 1), 15, 32)] for path in (whole, sparse))
    np.testing.assert_array_equal(one, other)


def test_a_stream_is_at_most_one_frame_behind():
    read = []

    def arriving():
        for frame in source([i / 10 for i in range(100)]):
            read.append(frame)
            yield frame

    for k, _ in enumerate(sample(arriving(), 10, 1)):
        assert len(read) <= k + 2
        if k == 50:
            break


def test_the_image_of_a_frame_that_is_not_taken_is_never_made_and_that_of_another_once():
    made = []

    def frames():
        for i in range(10):
            yield SourceFrame(lambda size, i=i: made.append(i) or np.zeros((1, 1, 3), np.uint8), i / 10, 0.1)

    list(sample(frames(), 5, 1))
    assert made == [0, 2, 4, 6, 8]
    made.clear()
    list(sample(frames(), 30, 1))
    assert made == list(range(10))


@pytest.mark.parametrize("rate", [0, -1, 1001, float("nan"), "15", True])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(DataError, match="frame_rate: expected a number above 0 and at most 1000 a second, got"):
        next(sample(source([0]), rate, 1))


def test_no_frame_gives_no_sample():
    assert list(sample([], 10, 1)) == []
