import av
import numpy as np
import pytest

from recurra.data.clips.decoded_image import ImageMaker
from recurra.data.clips.image_size import resize


def smooth(height, width):
    """An image without edges, whose means differ little from one way to take them to another."""
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(rows / height * 5 + i) + np.cos(columns / width * 4 - i) for i in range(3)]
    return np.uint8(128 + 60 * np.stack(waves, 2))


def decoded(image, pixels="yuv444p"):
    return av.VideoFrame.from_ndarray(image).reformat(format=pixels)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv420p10le", "gbrp", "rgb24"])
@pytest.mark.parametrize(("shape", "size"), [((120, 160), (32, 32)), ((160, 120), (32, 32)), ((90, 160), (30, 50))])
def test_the_image_is_that_of_whole_pixels_to_a_few_levels(pixels, shape, size):
    image = smooth(*shape)
    made = ImageMaker().make(decoded(image, pixels), size)
    assert made.shape == (*size, 3)
    assert made.flags.c_contiguous
    difference = made.astype(int) - resize(image, size)
    assert np.abs(difference).max() <= 9
    assert abs(difference.mean()) <= 1


@pytest.mark.parametrize("matrix", ["ITU601", "ITU709"])
@pytest.mark.parametrize("pixels", ["yuv444p", "yuvj444p"])
def test_colors_are_what_they_were_whatever_range_and_matrix_they_are_coded_in(pixels, matrix):
    image = smooth(64, 64)
    coded = av.VideoFrame.from_ndarray(image).reformat(format=pixels, dst_colorspace=matrix)
    coded.colorspace = {"ITU601": 5, "ITU709": 1}[matrix]
    made = ImageMaker().make(coded, (32, 32))
    assert np.abs(made.astype(int) - resize(image, 32)).max() <= 3


def test_details_are_averaged_not_picked():
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 255
    made = ImageMaker().make(decoded(stripes), (16, 16))
    assert np.abs(made.astype(int) - 127).max() <= 4


@pytest.mark.parametrize("shape", [(4, 3000), (3000, 4), (2, 2), (63, 65)])
def test_every_form_comes_to_the_size(shape):
    image = np.full((*shape, 3), 90, np.uint8)
    made = ImageMaker().make(decoded(image, "rgb24"), (32, 24))
    assert made.shape == (32, 24, 3)
    assert np.abs(made.astype(int) - 90).max() <= 2


def test_pixels_that_are_not_square_are_shown_as_they_are_meant():
    image = smooth(64, 64)
    wide = image.repeat(2, 1)
    made = ImageMaker(2.0).make(decoded(image), (32, 64))
    expected = ImageMaker().make(decoded(wide), (32, 64))
    assert np.abs(made.astype(int) - expected).max() <= 4


def test_what_is_transparent_is_black():
    image = np.full((32, 32, 4), 200, np.uint8)
    image[..., 3] = 255
    image[:, 16:, 3] = 0
    made = ImageMaker().make(av.VideoFrame.from_ndarray(image, "rgba"), (8, 8))
    assert (made[:, :3] >= 198).all()
    assert not made[:, 5:].any()
