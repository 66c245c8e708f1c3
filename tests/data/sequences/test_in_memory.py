import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from recurra import DataError
from recurra.data.containers.pair import pair
from recurra.data.sequences import in_memory

UNEQUAL = [np.arange(6.0).reshape(3, 2), np.arange(4.0).reshape(2, 2)]


def _objects(values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


@pytest.mark.parametrize(
    "data",
    [
        UNEQUAL,
        tuple(UNEQUAL),
        _objects(UNEQUAL),
        pd.Series(UNEQUAL, index=[1, 0]),
        [x.tolist() for x in UNEQUAL],
        [torch.tensor(x, requires_grad=True) for x in UNEQUAL],
        torch.nested.nested_tensor([torch.tensor(x) for x in UNEQUAL], layout=torch.jagged),
        [pd.DataFrame(x, index=range(len(x))[::-1]) for x in UNEQUAL],
        [pl.DataFrame(x) for x in UNEQUAL],
        pd.DataFrame({name: [pd.Series(x[:, i]) for x in UNEQUAL] for i, name in enumerate("ab")}, index=[1, 0]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_sequences_of_unequal_length_in_any_container(data):
    assert not in_memory.is_table(data)
    for sequence, expected in zip(in_memory.sequences(data), UNEQUAL, strict=True):
        np.testing.assert_array_equal(sequence, expected)


@pytest.mark.parametrize(
    "data",
    [[[1, 2, 3], [4, 5]], pl.Series([[1, 2, 3], [4, 5]]), pd.Series([(1, 2, 3), (4, 5)]), [range(1, 4), (4, 5)]],
    ids=lambda data: type(data).__name__,
)
def test_unequal_series_of_one_feature(data):
    assert [x.tolist() for x in in_memory.sequences(data)] == [[[1], [2], [3]], [[4], [5]]]


def test_one_sequence_is_a_list_of_one():
    assert in_memory.sequences([[1, 2, 3]])[0].shape == (3, 1)
    assert in_memory.sequences([np.zeros((3, 2))])[0].shape == (3, 2)


@pytest.mark.parametrize(
    "data",
    [
        ["a", "b c"],
        ("a", "b c"),
        np.array(["a", "b c"]),
        pd.Series(["a", "b c"], index=[1, 0]),
        pd.DataFrame({"text": ["a", "b c"]}),
        pl.Series(["a", "b c"]),
        pl.DataFrame({"text": ["a", "b c"]}),
    ],
    ids=lambda data: type(data).__name__,
)
def test_texts_in_any_container(data):
    assert in_memory.is_texts(data)
    assert not in_memory.is_table(data)
    assert in_memory.sequences(data) == ["a", "b c"]


@pytest.mark.parametrize(
    "data", [np.zeros((3, 2)), pd.DataFrame(np.zeros((3, 2))), pl.DataFrame(np.zeros((3, 2))), torch.zeros(3, 2)]
)
def test_an_array_or_frame_of_numbers_is_a_table(data):
    assert in_memory.is_table(data)
    assert in_memory.sequences(data).shape == (3, 2, 1)


def test_missing_numbers_are_nan_and_digits_stay():
    x = in_memory.sequences([[1e8 + 0.5, None, 3], [float("nan"), pd.NA, 100_000_001]])
    assert x[0][:, 0].tolist() == [1e8 + 0.5, pytest.approx(np.nan, nan_ok=True), 3]
    assert x[1][2, 0] == 100_000_001


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["a", None], "text 2: expected a text, got none"),
        ([None, "a"], "text 1: expected a text, got none"),
        (pd.Series(["a", pd.NA], dtype="string"), "text 2: expected a text, got none"),
        (["a", 3], "text 2: expected a text, got int 3"),
        ([[1, 2], "a"], "text 1: expected a text, got list"),
        ([[1, 2], None], r"sequence 2: expected numbers \(T,\) or \(T, I\), got none"),
        ([[1, 2], ["x"]], r"sequence 2: expected numbers, or rows of as many numbers, got \['x'\]"),
        ([[1, 2], []], r"sequence 2: expected \(T, I\) numbers, got shape"),
        ([[[1, 2], [3]]], "sequence 1: expected numbers, or rows of as many numbers"),
        ([np.zeros((2, 2)), np.zeros((2, 3))], "sequence 2: expected 2 features as in the first, got 3"),
        (np.zeros((2, 3, 4, 5)), r"expected sequences \(N, T, I\).*, got an array of shape \(2, 3, 4, 5\)"),
        (np.zeros((2, 0, 4)), r"expected sequences of at least one step and feature, got .*\(2, 0, 4\)"),
        ([1 + 2j, 3], "sequence 1: expected numbers"),
        ([], "expected at least one sequence, got none"),
        ({"a": 1}, "expected sequences, texts, or what names data, got dict"),
    ],
)
def test_what_is_no_sequence_is_named(data, message):
    with pytest.raises(DataError, match=message):
        in_memory.sequences(data)


def test_a_pair_is_told_from_two_files_and_two_texts():
    x, y = np.zeros((2, 3)), ["a", "b"]
    assert pair((x, y)) == (x, y)
    assert pair([["a text", "another"], y]) == (["a text", "another"], y)
    assert pair(("a.csv", "b.csv")) is None
    assert pair([x, y, y]) is None
    assert pair(x) is None
