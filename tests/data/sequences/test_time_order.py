import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.table_columns import TableColumns
from recurra.data.sequences.time_order import in_time

COLUMNS = TableColumns("steps", ["x"], group="id", time="day")


@pytest.mark.parametrize(
    "times",
    [
        [2, 10, 1],
        ["2", "10", "1"],
        ["2020-01-02", "2020-01-10", "2020-01-01"],
        [np.datetime64(i, "D") for i in (2, 10, 1)],
    ],
)
def test_rows_are_put_in_the_order_of_times(times):
    cells = np.array([[5, times[0]], [6, times[1]], [7, times[2]]], object)
    assert in_time(cells, ["x", "day"], COLUMNS, "x")[:, 0].tolist() == [7, 5, 6]


def test_without_times_rows_stay():
    cells = np.array([[5, 2], [6, 1]])
    assert in_time(cells, ["x", "hour"], COLUMNS, "x") is cells
    assert in_time(cells, ["x", "day"], None, "x") is cells
    assert in_time(cells[::-1], ["x", "day"], COLUMNS, "x").tolist() == [[6, 1], [5, 2]]


@pytest.mark.parametrize("times", [["soon", "late"], [1, "2"], [None, 1]])
def test_what_orders_nothing_is_refused(times):
    with pytest.raises(DataError, match=r"^sequence 3: expected numbers or dates in column 'day', which orders steps"):
        in_time(np.array([[5, times[0]], [6, times[1]]], object), ["x", "day"], COLUMNS, "sequence 3")
