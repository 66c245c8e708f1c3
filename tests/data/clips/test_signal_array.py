import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips.signal_array import as_signal, frames, kind_of

RNG = np.random.default_rng(0)
VIDEO = RNG.integers(0, 256, (4, 6, 8, 3), np.uint8)


def test_video_has_three_channels_of_bytes():
    assert as_signal(VIDEO, "video", "x") is VIDEO
    gray = as_signal(VIDEO[..., 0], "video", "x")
    np.testing.assert_array_equal(gray, np.repeat(VIDEO[..., :1], 3, 3))
    np.testing.assert_array_equal(as_signal(VIDEO[..., :1], "video", "x"), gray)
    np.testing.assert_array_equal(as_signal(VIDEO / 255, "video", "x"), VIDEO)


def test_depth_has_one_channel_and_others_are_numbers():
    np.testing.assert_array_equal(as_signal(VIDEO[..., 0], "depth", "x"), VIDEO[..., :1])
    skeleton = as_signal(RNG.normal(size=(5, 20, 3)), "skeleton", "x")
    assert (skeleton.shape, skeleton.dtype) == ((5, 20, 3), np.float32)
    assert as_signal([[1, 2], [3, 4]], "inertial", "x").dtype == np.float32
    missing = np.full((2, 3, 2), np.nan)
    assert np.isnan(as_signal(missing, "skeleton", "x")).all()


@pytest.mark.parametrize(
    ("array", "signal", "message"),
    [
        (
            VIDEO[..., :2],
            "video",
            r"x: video: expected \(T, H, W, 3\), .* uint8, or 0 to 1, got uint8 of shape \(4, 6, 8, 2\)",
        ),
        (VIDEO.astype(float), "video", "got float64 of shape"),
        (VIDEO.astype(np.int32), "video", "got int32 of shape"),
        (VIDEO[..., 0].astype(np.uint16), "depth", r"x: depth: expected \(T, H, W\) or .* uint8, got uint16"),
        (VIDEO[:0], "video", r"of shape \(0, 6, 8, 3\)"),
        (np.ones((3, 4, 5)), "skeleton", r"x: skeleton: expected \(T, J, 2\) or \(T, J, 3\) numbers, got"),
        (np.ones(3), "inertial", r"x: inertial: expected \(T, F\) numbers, got float64 of shape \(3,\)"),
        (np.array([["a"]]), "inertial", "x: inertial: expected"),
        (np.array([[np.inf]]), "inertial", "x: expected finite numbers, or NaN where one is missing, got infinity"),
    ],
)
def test_other_forms_are_refused(array, signal, message):
    with pytest.raises(DataError, match=message):
        as_signal(array, signal, "x")


def test_what_has_no_name_is_known_by_its_form():
    assert kind_of((9, 64, 64, 3), np.dtype("u1")) == "video"
    assert kind_of((9, 64, 64), np.dtype("u1")) == "video"
    assert kind_of((9, 20, 3), np.dtype("f4")) == "skeleton"
    assert kind_of((9, 6), np.dtype("f4")) == "inertial"
    assert kind_of((9,), np.dtype("f4")) is None


def test_the_images_of_an_array_are_frames():
    read = list(frames(VIDEO, 8))
    np.testing.assert_array_equal([frame.resized((6, 8)) for frame in read], VIDEO)
    assert [frame.time for frame in read] == [0, 0.125, 0.25, 0.375]
