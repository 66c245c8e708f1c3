import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from recurra.data.containers.rows import is_container, is_missing, rows

SHUFFLED = [2, 0, 1]
INDICES = {
    "shuffled": SHUFFLED,
    "strings": ["c", "a", "b"],
    "dates": pd.to_datetime(["2020-03-01", "2020-01-01", "2020-02-01"]),
    "two levels": pd.MultiIndex.from_tuples([(1, 2), (0, 0), (0, 1)]),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_a_series_and_a_frame_are_taken_by_position(index):
    assert rows(pd.Series(["x", "y", "z"], index=index)) == ["x", "y", "z"]
    assert rows(pd.Series([5, 6, 7], index=index)).tolist() == [5, 6, 7]
    assert rows(pd.DataFrame({"a": [5, 6, 7]}, index=index)).tolist() == [[5], [6], [7]]


@pytest.mark.parametrize(
    "data",
    [
        ["x", "y"],
        ("x", "y"),
        np.array(["x", "y"]),
        np.array(["x", "y"], object),
        np.array(["x", "y"], np.dtypes.StringDType()),
        pd.Series(["x", "y"], dtype="string"),
        pd.Series(["x", "y"], dtype="category"),
        pd.Index(["x", "y"]),
        pl.Series(["x", "y"]),
        dict.fromkeys("xy").keys(),
        iter("xy"),
    ],
    ids=lambda data: type(data).__name__,
)
def test_texts_of_any_container_are_a_list(data):
    assert rows(data) == ["x", "y"]


@pytest.mark.parametrize(
    "data",
    [
        torch.tensor([1.5, 2.5], dtype=torch.bfloat16),
        torch.tensor([1.5, 2.5], requires_grad=True),
        torch.tensor([1.5, 2.5]).to_sparse(),
        pl.Series([1.5, 2.5]),
        pd.Series([1.5, 2.5], dtype="Float64", index=[1, 0]),
        np.ma.array([1.5, 2.5]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_numbers_of_any_container_are_an_array(data):
    assert isinstance(rows(data), np.ndarray)
    assert rows(data).tolist() == [1.5, 2.5]


def test_masked_numbers_are_missing():
    assert np.isnan(rows(np.ma.array([1, 2], mask=[True, False]))).tolist() == [True, False]


def test_a_memory_mapped_array_stays_where_it_is(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 2)))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert rows(mapped) is mapped


def test_what_is_a_container_and_what_is_missing():
    assert all(map(is_container, ([], np.zeros(1), pd.Series([1]), torch.zeros(1), iter(()))))
    assert not any(map(is_container, ("text", b"text", {}, 3, np.float64(1), np.asarray(1), torch.tensor(1))))
    assert all(map(is_missing, (None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT"))))
    assert not any(map(is_missing, ("", 0, False, "nan", [])))
