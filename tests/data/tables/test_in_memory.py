import numpy as np
import pandas
import pytest

from recurra import DataError
from recurra.data.tables.in_memory import table_of
from recurra.data.tables.reading import read


def test_arrays_are_series_of_numbered_columns():
    series = [np.random.default_rng(i).normal(size=(4 + i, 2)) for i in range(3)]
    series[1][2, 1] = np.nan
    table = table_of(series)
    assert table.header == ["0", "1"]
    assert table.lengths.tolist() == [4, 5, 6]
    for part, array in zip(table.arrays(), series, strict=True):
        np.testing.assert_allclose(part, array, atol=1e-8)
    assert table_of(np.ones((2, 3, 4))).cells.shape == (6, 4)
    with pytest.raises(DataError, match="expected finite numbers or NaN, got infinity"):
        table_of([[np.inf, 1.0]])
    with pytest.raises(DataError, match="expected 2 features, as in training, got 1"):
        table_of([[0.0, 1.0]], known=table.columns)


def test_a_frame_is_read_as_its_file_is(mixed):
    frame = pandas.read_csv(mixed, dtype={"price": object})
    table = table_of(frame)
    from_file = read(mixed)
    assert [column.kind for column in table.columns] == [column.kind for column in from_file.columns]
    assert (table.cells == from_file.cells).all()
    dated = frame.assign(time=pandas.to_datetime(frame["time"]))
    assert (table_of(dated).cells == from_file.cells).all()


def test_a_table_comes_out_as_a_frame(mixed):
    frame = read(mixed).frame()
    expected = pandas.read_csv(mixed)
    assert list(frame.columns) == list(expected.columns)
    np.testing.assert_allclose(frame["price"], expected["price"])
    assert frame["time"].tolist() == expected["time"].tolist()
