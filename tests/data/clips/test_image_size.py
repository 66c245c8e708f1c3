import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips.image_size import height_and_width, resize


def test_areas_are_averaged():
    image = np.zeros((4, 4, 3), np.uint8)
    image[:2, :2] = [[[0], [100]], [[100], [200]]]
    np.testing.assert_array_equal(resize(image, 2)[:, :, 0], [[100, 0], [0, 0]])


@pytest.mark.parametrize(("shape", "size"), [((8, 16), 8), ((16, 8), 8), ((8, 16), (4, 4)), ((6, 20), (3, 2))])
def test_the_middle_is_cut_out(shape, size):
    image = np.zeros((*shape, 3), np.uint8)
    height, width = height_and_width(size)
    rows, columns = min(shape[0], shape[1] * height // width), min(shape[1], shape[0] * width // height)
    top, left = (shape[0] - rows) // 2, (shape[1] - columns) // 2
    image[top : top + rows, left : left + columns] = 200
    assert resize(image, size).shape == (height, width, 3)
    assert resize(image, size).min() == 200


def test_a_small_image_is_interpolated_and_one_of_the_size_is_left():
    image = np.random.default_rng(0).integers(0, 256, (5, 5, 3), np.uint8)
    assert resize(image, 20).shape == (20, 20, 3)
    assert resize(image, 5) is image
    assert len(np.unique(resize(np.stack([image[:1], image[:1] // 2]).reshape(2, 5, 3), 40))) > 10


@pytest.mark.parametrize("size", [0, -3, 5000, (3, 0), (3,), (1, 2, 3), 2.5, "64", None, True])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(DataError, match=r"frame_size: expected a side, or height and width, of 1 to 4,096 pixels, got"):
        height_and_width(size)
