import numpy as np
import pytest
from PIL import Image

from recurra import DataError
from recurra.data.clips import strip


def test_frames_stand_side_by_side(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), np.uint8)
    Image.fromarray(np.hstack(frames)).save(tmp_path / "strip.jpg", "png")
    read = list(strip.frames(tmp_path / "strip.jpg", 25))
    np.testing.assert_array_equal([frame.resized((4, 4)) for frame in read], frames)
    assert [frame.time for frame in read] == [0, 0.04, 0.08, 0.12, 0.16]


def test_an_image_whose_width_is_no_multiple_of_its_height_is_none(tmp_path):
    Image.fromarray(np.zeros((4, 10, 3), np.uint8)).save(tmp_path / "image.png")
    with pytest.raises(DataError, match=r"image.png: expected frames of 4 x 4 pixels side by side, got a width of 10"):
        list(strip.frames(tmp_path / "image.png", 25))
