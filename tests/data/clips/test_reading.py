import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.frame_labels import FrameLabels, Span, Spans
from recurra.data.clips.reading import ReadingSettings, read

AT = ReadingSettings(frame_rate=10, frame_size=16)


@pytest.fixture
def videos(tmp_path, moving_square, encode):
    return [encode(tmp_path / f"{i}.mp4", moving_square(20 + i), 20) for i in range(3)]


def listed(sources, **changes):
    locations = [f"clip {i}" for i in range(len(next(iter(sources.values()))))]
    return ClipList(sources, locations, **changes)


def test_all_signals_are_read_each_at_its_rate(videos):
    arrays = [np.ones((9, 6)), None, np.ones((7, 6))]
    clips = read(listed({"video": videos, "inertial": arrays}, answers=["a", "b", "a"], rates={"inertial": 50.0}), AT)
    assert clips.rates == {"video": 10, "inertial": 50}
    assert [video.shape for video in clips.signals["video"]] == [(10, 16, 16, 3), (11, 16, 16, 3), (11, 16, 16, 3)]
    assert [None if x is None else x.dtype for x in clips.signals["inertial"]] == [np.float32, None, np.float32]
    assert clips.answers == ["a", "b", "a"]
    assert clips.where(1) == "clip 1"
    assert clips.groups == clips.checksums
    assert len(set(clips.groups)) == 3


def test_some_signals_alone_are_read(videos):
    clips = read(listed({"video": videos, "inertial": [np.ones((9, 6))] * 3}), ReadingSettings(10, 16, ["inertial"]))
    assert list(clips.signals) == ["inertial"]
    with pytest.raises(DataError, match="signals: expected some of video, got 'depth'"):
        read(listed({"video": videos}), ReadingSettings(10, 16, ["depth"]))


def test_a_bad_clip_is_named_or_passed_over_and_counted(videos, tmp_path):
    videos[1].write_bytes(b"nothing")
    clips = listed({"video": videos}, answers=["a", "b", "c"], groups=["x", "y", "z"])
    with pytest.raises(DataError, match=r"1.mp4: expected a video, got no frame"):
        read(clips, AT)
    good = read(clips, ReadingSettings(10, 16, skip_bad=True))
    assert (good.answers, good.groups) == (["a", "c"], ["x", "z"])
    assert [good.where(0), good.where(1)] == ["clip 0", "clip 2"]
    assert len(good.signals["video"][1]) == 11
    assert len(good.skipped) == 1
    assert "1.mp4: expected a video" in good.skipped[0]
    for video in videos:
        video.write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"0.mp4: expected a video, got no frame"):
        read(clips, ReadingSettings(10, 16, skip_bad=True))


def test_a_clip_without_any_of_the_signals_is_bad(videos):
    with pytest.raises(DataError, match="clip 1: expected video, got none"):
        read(listed({"video": [videos[0], None]}), AT)


def test_labels_of_moments_become_labels_of_samples(videos):
    spans = Spans((Span(0.2, 0.5, "wave"),))
    frames = FrameLabels(tuple("a" * 10 + "b" * 11))
    clips = read(listed({"video": videos[:2]}, answers=[spans, frames]), AT)
    assert clips.answers[0].tolist() == ["none"] * 2 + ["wave"] * 3 + ["none"] * 5
    assert clips.answers[1].tolist() == ["a"] * 5 + ["b"] * 6
    inertial = read(listed({"inertial": [np.ones((8, 2))]}, answers=[spans]), AT)
    assert inertial.answers[0].tolist() == ["none"] * 2 + ["wave"] * 3 + ["none"] * 3


def test_depth_may_be_arrays_or_videos(videos, tmp_path):
    depth = np.random.default_rng(0).integers(0, 256, (5, 6, 8), np.uint8)
    clips = read(listed({"depth": [depth, depth]}), AT)
    np.testing.assert_array_equal(clips.signals["depth"][0], depth[..., None])
    clips = read(listed({"depth": videos}), AT)
    assert clips.signals["depth"][0].shape == (10, 16, 16, 1)


def test_the_checksum_is_of_all_that_samples_hang_on(videos):
    def checksum(settings, **sources):
        return read(listed(sources), settings).checksums[0]

    base = checksum(AT, video=videos[:1])
    assert base == checksum(AT, video=videos[:2])
    others = [
        checksum(ReadingSettings(5, 16), video=videos[:1]),
        checksum(ReadingSettings(10, 15), video=videos[:1]),
        checksum(AT, video=videos[1:]),
        checksum(AT, video=videos[:1], inertial=[np.ones((4, 2))]),
        checksum(AT, video=videos[:1], inertial=[np.zeros((4, 2))]),
    ]
    assert len({base, *others}) == 6


def test_images_without_a_clock_have_the_rate_that_is_said(tmp_path, moving_square):
    np.save(tmp_path / "a.npy", moving_square(20))
    clips = listed({"video": [tmp_path / "a.npy"]})
    assert len(read(clips, AT).signals["video"][0]) == 20
    assert len(read(clips, ReadingSettings(10, 16, rates={"video": 20})).signals["video"][0]) == 10
