import numpy as np
import pytest

from recurra import DataError
from recurra.metrics.sample_weights import of_sequences


@pytest.mark.parametrize("weights", [[1, 2, 0.5], (1, 2, 0.5), np.asarray([1, 2, 0.5], np.float32)])
def test_weights_are_taken_by_position(weights):
    made = of_sequences(weights, 3)
    assert (made.dtype, made.tolist()) == (np.float64, [1.0, 2.0, 0.5])


def test_one_number_is_that_of_all():
    assert of_sequences(2, 3).tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], "expected 3 numbers, one a sequence, got shape"),
        ([1, 2, -1], "expected finite weights of 0 or more"),
        ([1, 2, np.inf], "expected finite weights of 0 or more"),
        ([0, 0, 0], "not all of them zero"),
    ],
)
def test_weights_that_count_nothing_are_refused(weights, message):
    with pytest.raises(DataError, match=f"sample_weight: .*{message}"):
        of_sequences(weights, 3)
