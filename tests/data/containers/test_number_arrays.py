from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from recurra import DataError, SequenceClassifier
from recurra.data.containers.number_arrays import numbers

DATES = pd.to_datetime(["2020-01-01", "2020-01-02"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DATES, "got dates"),
        (np.zeros((2, 2), "M8[ns]"), "got dates"),
        (np.zeros((2, 2), "m8[s]"), "got durations"),
        (np.array([[1.0, timedelta(1)]], object), "got durations"),
        (pd.DataFrame({"t": DATES, "x": [1.0, 2.0]}), "got dates"),
        (np.zeros(3, complex), "got complex ones; give real and imaginary part"),
        ([1.0, date(2020, 1, 1)], "expected numbers, or rows of"),
        ([np.datetime64("2020"), 1.0], "expected numbers, or rows of"),
        ([list(DATES.to_numpy()), [1, 2]], "expected numbers, or rows of"),
        ([DATES.to_numpy(), [1, 2]], "expected numbers, or rows of"),
        ([1j, 2.0], "expected numbers, or rows of"),
        ([1.0, "2"], "expected numbers, or rows of"),
        (np.array([[1.0, "2"]], object), "expected numbers, or rows of"),
    ],
)
def test_what_numpy_would_make_numbers_of_is_refused(data, message):
    with pytest.raises(DataError, match=f"^sequence 1: expected numbers.*{message.removeprefix('expected numbers')}"):
        numbers(data, "sequence 1")


def test_missing_values_among_objects():
    assert np.isnan(numbers(np.array([[1, None], [2, pd.NA]], object), "x")).tolist() == [[False, True], [False, True]]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            np.zeros((2, 3, 4, 5)),
            r"got an array of shape \(2, 3, 4, 5\); where a step is a grid, put its numbers in a row",
        ),
        (
            [np.zeros((3, 4, 5))] * 2,
            r"^sequence 1: expected \(T, I\) numbers, got shape \(3, 4, 5\); where a step is a",
        ),
        (np.zeros((2, 3), "M8[s]"), "^X: expected numbers, got dates"),
        (np.zeros((2, 3, 1), "m8[ns]"), "expected numbers, got durations"),
        (pd.DataFrame({"a": DATES, "b": 1.0}), "^X: expected numbers, got dates"),
        (pd.DataFrame({"a": [pd.Series(DATES)] * 2}), "^sequence 1: expected numbers, got dates"),
        (np.zeros((2, 3), complex), "^X: expected numbers, got complex ones"),
        (np.zeros((2, 3, 1), complex), "expected numbers, got complex ones"),
        (np.array([["a", "b"]] * 2, object), "^X: expected numbers, got the text 'a'"),
        (np.array([[["a"], ["b"]]] * 2, object), "expected numbers, or rows of"),
    ],
)
def test_an_estimator_says_so_in_a_line(x, message):
    with pytest.raises(DataError, match=message) as error:
        SequenceClassifier(epochs=1).fit(x, ["u", "v"])
    assert "\n" not in str(error.value)
