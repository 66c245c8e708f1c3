import numpy as np
import pandas as pd
import polars as pl
import pytest

from recurra import DataError
from recurra.data.sequences.feature_names import are_counted, columns_of, names_of, order
from recurra.data.sequences.table_columns import TableColumns

TRAINED = TableColumns("steps", ["p", "q"], "label", "id", left_out={"row": "counts rows"})


class LabelledArray:
    """What an xarray.DataArray shows of itself: names of axes, and of places on an axis."""

    dims = ("time", "feature")

    def __init__(self):
        self.coords = {"feature": pd.Series(["p", "q"])}


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame(np.zeros((3, 2)), columns=["p", "q"]),
        pl.DataFrame({"p": [1.0], "q": [2.0]}),
        np.zeros(3, [("p", float), ("q", np.int32)]),
        np.zeros(3, [("p", float), ("q", float)]).view(np.recarray),
        LabelledArray(),
    ],
    ids=lambda data: type(data).__name__,
)
def test_names_of_columns_and_fields(data):
    assert names_of(data) == ["p", "q"]
    assert columns_of(data, "steps") == TableColumns("steps", ["p", "q"], in_memory=True)


@pytest.mark.parametrize("data", [np.zeros((3, 2)), [[1, 2]], pd.Series([1, 2]), pl.Series([1, 2]), "text", None])
def test_without_names(data):
    assert names_of(data) is None


def test_names_that_only_count_are_none():
    for frame in (pd.DataFrame(np.zeros((3, 2))), pl.DataFrame(np.zeros((3, 2)))):
        assert are_counted(names_of(frame))
        assert columns_of(frame, "steps") is None
    assert order(None, ["1", "0"], "X") == order(None, ["column_1", "column_0"], "X") == [1, 0]
    assert order(None, ["0", "1"], "X") is order(None, ["q", "p"], "X") is None
    assert order(TRAINED, ["0", "1"], "X") is None
    assert order(TRAINED, ["1", "0"], "X") == [1, 0]
    assert columns_of(pd.DataFrame(np.zeros((3, 2)))[[1, 0]], "steps") is None


def test_names_that_are_no_texts_are_told_apart_too():
    frame = pd.DataFrame(np.zeros((3, 2)), columns=pd.MultiIndex.from_tuples([("hand", "x"), ("foot", "x")]))
    columns = columns_of(frame, "steps")
    assert order(columns, names_of(frame[[("foot", "x"), ("hand", "x")]]), "X") == [1, 0]
    days = pd.DataFrame(np.zeros((3, 2)), columns=pd.to_datetime(["2020-01-01", "2020-01-02"]))
    assert order(columns_of(days, "series"), names_of(days[days.columns[::-1]]), "X") == [1, 0]


def test_columns_are_found_by_name():
    assert order(TRAINED, ["p", "q"], "X") is None
    assert order(TRAINED, ["q", "p"], "X") == [1, 0]
    assert order(TRAINED, ["id", "q", "row", "p", "label"], "X") == [3, 1]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["p", "r"], r"got p, r \(missing: q; unexpected: r\)"),
        (["p"], r"got p \(missing: q\)"),
        (["q", "p", "r"], r"got q, p, r \(unexpected: r\)"),
        (["q", "p", "p"], r"got q, p, p \(doubled: p\)"),
    ],
)
def test_other_names_are_refused(names, message):
    with pytest.raises(DataError, match=r"^sequence 3: expected the columns p, q, as in training, " + message):
        order(TRAINED, names, "sequence 3")
