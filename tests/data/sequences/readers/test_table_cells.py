import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.readers.table_cells import TableCells
from recurra.data.sequences.table_columns import TableColumns

HEADER = ["id", "when", "a", "b", "label"]
COLUMNS = TableColumns("steps", ["b", "a"], "label", "id", "when")


def _fill(*rows: list[str], labelled: bool = True, columns: TableColumns = COLUMNS) -> TableCells:
    cells = TableCells("t.csv", HEADER, columns, labelled)
    cells.fill(enumerate(rows, 2))
    return cells


def test_cells_are_read_by_what_their_columns_are():
    cells = _fill(["x", "1", " 2", "3", "up "], ["y", "0", "?", "5e1", "down"])
    np.testing.assert_array_equal(cells.array(), [[3, 2], [50, np.nan]])  # features in their order
    assert (cells.lines, cells.groups, cells.times, cells.labels) == ([2, 3], ["x", "y"], [1, 0], ["up", "down"])
    assert _fill(["x", "1", "2", "3", ""], labelled=False).labels == []


def test_texts_stay_as_they_are():
    cells = _fill(["x", " a text ", "", "", "up"], columns=TableColumns("text", [], "label", text="when"))
    assert cells.texts == [" a text "]
    assert cells.array().shape == (1, 0)


def test_times_are_dates_where_the_first_is_one():
    cells = _fill(["x", "2024-01-01", "1", "1", "u"], ["x", "2024-01-01 00:01:00+00:00", "1", "1", "u"])
    assert cells.times[1] - cells.times[0] == 60


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["x", "1", "2", "3", " "], "t.csv:3: expected a label in column 'label', got an empty cell"),
        (["x", "1", "2", "3", "?"], "t.csv:3: expected a label in column 'label', got '?'"),
        ([" ", "1", "2", "3", "u"], "t.csv:3: expected the name of a sequence in column 'id', got an empty cell"),
        (["x", "soon", "2", "3", "u"], "t.csv:3: expected a number in column 'when', as in line 2, got 'soon'"),
        (
            ["x", "1", "two", "3", "u"],
            "t.csv:3: expected a number in column 'a', got 'two'; --ignore a leaves the column out",
        ),
        (
            ["x", "1", "two", "three", "u"],
            "t.csv:3: expected a number in column 'b', got 'three'; --ignore b,a leaves these columns out",
        ),
    ],
)
def test_a_cell_that_is_not_as_expected_is_named(row, message):
    with pytest.raises(DataError) as error:
        _fill(["x", "1", "2", "3", "u"], row)
    assert str(error.value) == message


def test_a_table_without_rows_is_refused():
    with pytest.raises(DataError, match=r"t.csv: expected rows below the header, got none"):
        _fill()
