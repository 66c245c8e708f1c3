import numpy as np
import pytest

from recurra.data.clips.orientation import Orientation

ONE = 1 << 16


def matrix(a, b, c, d):
    return np.array([a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30], np.int32)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((1, 0, 0, 1), lambda image: image),
        ((0, 1, -1, 0), lambda image: np.rot90(image, -1)),  # as phones held upright write it: a quarter clockwise
        ((-1, 0, 0, -1), lambda image: np.rot90(image, 2)),
        ((0, -1, 1, 0), lambda image: np.rot90(image, 1)),
        ((-1, 0, 0, 1), np.fliplr),
        ((1, 0, 0, -1), np.flipud),
        ((0, 1, 1, 0), lambda image: image.swapaxes(0, 1)),
        ((0, -1, -1, 0), lambda image: np.rot90(image.swapaxes(0, 1), 2)),
    ],
)
def test_an_image_is_turned_as_the_matrix_says(numbers, expected):
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    orientation = Orientation.of_matrix(matrix(*numbers))
    np.testing.assert_array_equal(orientation.apply(image), expected(image))
    assert orientation.shown_size(2, 3) == expected(image).shape[:2]


def test_each_pixel_goes_where_the_matrix_puts_it():
    image = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
    for numbers in ((0, 1, -1, 0), (0, -1, 1, 0), (0, 1, 1, 0), (-1, 0, 0, 1)):
        a, b, c, d = numbers
        shown = Orientation.of_matrix(matrix(*numbers)).apply(image)
        points = {(a * x + c * y, b * x + d * y): image[y, x, 0] for y in range(3) for x in range(4)}
        left, top = min(x for x, _ in points), min(y for _, y in points)
        for (x, y), value in points.items():
            assert shown[y - top, x - left, 0] == value


def test_a_slanted_matrix_is_taken_as_the_next_right_angle():
    slanted = np.array([0.1 * ONE, 0.99 * ONE, 0, -0.99 * ONE, 0.1 * ONE, 0, 0, 0, 1 << 30]).astype(np.int32)
    assert Orientation.of_matrix(slanted) == Orientation.of_matrix(matrix(0, 1, -1, 0))
