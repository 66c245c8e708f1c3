import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.readers.parallel_series import read_series


def test_series_are_the_features_of_an_example():
    x = read_series(["1,2,3", "4,?,6"], "a.ts:7", "dimension")
    np.testing.assert_array_equal(x, [[1, 4], [2, np.nan], [3, 6]])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["1,2", "3"], "a.ts:7: expected 2 steps in dimension 2 as in the first, got 1"),
        (["1,2", "3,x"], "a.ts:7: dimension 2: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(texts, message):
    with pytest.raises(DataError, match=message):
        read_series(texts, "a.ts:7", "dimension")
