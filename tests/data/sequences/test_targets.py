from datetime import UTC, datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.exceptions import DataConversionWarning

from recurra import DataError
from recurra.data.sequences.targets import targets


def labels(y, **options):
    return targets(y, as_numbers=False, per_step=False, **options)


@pytest.mark.parametrize("y", [np.array([[1], [0]]), pd.DataFrame({"y": [1, 0]}, index=[1, 0]), [[1], [0]]])
def test_a_column_is_one_answer_each_with_scikit_learns_warning(y):
    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert list(labels(y)) == [1, 0]


def test_a_column_of_texts_in_a_frame():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert labels(pl.DataFrame({"y": ["a", "b"]})) == ["a", "b"]


def test_rows_of_0_and_1_are_a_table_and_lists_name_labels():
    table = [[0, 1, 1], [1, 0, 0]]
    for y in (table, np.array(table), pd.DataFrame(table), torch.tensor(table), [tuple(row) for row in table]):
        assert isinstance(labels(y), np.ndarray)
        assert labels(y).tolist() == table
    assert labels([["a"], ["a", "b"], []]) == [["a"], ["a", "b"], []]
    assert labels([{"b", "a"}, {"a"}]) == [["a", "b"], ["a"]]
    assert labels([[0, 1], [1, 0]], named=True) == [[0, 1], [1, 0]]


def test_numbers_of_several_columns():
    y = targets(pd.DataFrame({"a": [1.5, 2.5], "b": [3, 4]}, index=[7, 3]), as_numbers=True, per_step=False)
    assert y.tolist() == [[1.5, 3], [2.5, 4]]


def test_answers_at_every_step():
    for y in (np.array([[["a"], ["b"]]]), [["a", "b"]], pd.Series([["a", "b"]]), [pd.Series(["a", "b"], index=[1, 0])]):
        assert [list(steps) for steps in targets(y, as_numbers=False, per_step=True)] == [["a", "b"]]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", None], r"answer 2: expected a label or a number, got none"),
        (pd.Series([1, None], dtype="Int64"), "answer 2: expected a label or a number, got none"),
        ([["a"], [None]], "answer 1 of sequence 2: expected a label"),
        ([["a"], "b"], "answer 2: expected a list, as other answers are, got 'b'"),
        (np.array([[0, 1], [2, 0]]), "expected 0 and 1 in an array .* got 2"),
        (np.zeros((2, 2, 2)), r"expected \(N,\) or \(N, K\) answers, got shape \(2, 2, 2\)"),
        ("ab", "y: expected an answer for each sequence, got str 'ab'"),
    ],
)
def test_what_is_no_answer_is_named(y, message):
    with pytest.raises(DataError, match=message):
        labels(y)


def test_dates_of_numpy_and_pandas_become_pythons():
    expected = [datetime(2020, 1, 1), datetime(2021, 5, 5)]
    series = pd.Series(pd.to_datetime(["2020-01-01", "2021-05-05"]), index=[1, 0])
    assert labels(series) == labels(series.to_numpy()) == expected
    assert labels(series.dt.tz_localize("UTC")) == [one.replace(tzinfo=UTC) for one in expected]
    with pytest.raises(DataError, match="expected labels that are texts, numbers, dates or bytes, got timedelta"):
        labels(pd.Series(pd.to_timedelta([1, 2], unit="D")))


def test_measurements_are_no_labels():
    with pytest.raises(ValueError, match="Unknown label type"):
        labels([0.5, 1.25, 3.5])
