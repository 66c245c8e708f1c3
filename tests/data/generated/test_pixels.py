import re

import numpy as np
import pytest

from recurra import DataError
from recurra.data.generated.pixels import PermutedPixels, Pixels


def test_an_epoch_has_each_image_once_and_the_next_another_order(shared_data):
    shared_data("mnist")
    task = Pixels(28)
    sums = [task.batch(5000, 1, position).inputs.sum((1, 2)) for position in range(22)]  # of 55,000
    first, second = np.concatenate(sums[:11]), np.concatenate(sums[11:])
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(np.sort(first), np.sort(second))


def test_lengths_are_pixels_a_step_and_permuted_pixels_the_same_pixels(shared_data):
    shared_data("mnist")
    lines, pixels, permuted = Pixels(28).test(5), Pixels(784).test(5), PermutedPixels(784).test(5)
    assert lines.inputs.shape == (5, 28, 28)
    assert pixels.inputs.shape == (5, 784, 1)
    np.testing.assert_array_equal(lines.inputs.reshape(5, 784), pixels.inputs[:, :, 0])
    assert not np.array_equal(pixels.inputs, permuted.inputs)
    np.testing.assert_array_equal(np.sort(pixels.inputs, 1), np.sort(permuted.inputs, 1))
    assert lines.targets.tolist() == [7, 2, 1, 0, 4]
    assert 0 <= pixels.inputs.min() < pixels.inputs.max() == 1


def test_what_is_validated_on_is_not_learnt_from(shared_data):
    shared_data("mnist")
    task = Pixels(28)
    learnt = {image.tobytes() for position in range(11) for image in task.batch(5000, 1, position).inputs}
    held_out = {image.tobytes() for image in task.validation(5000).inputs}
    assert len(learnt & held_out) < 5  # some images are there twice


def test_a_length_that_divides_no_image_is_refused():
    with pytest.raises(DataError, match=re.escape("length: expected a divisor of 784 for images of so many pixels")):
        Pixels(100)
    with pytest.raises(DataError, match="shortest: expected 0"):
        Pixels(784, shortest=28)
