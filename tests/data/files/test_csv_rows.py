import csv

import pytest

from recurra import DataError
from recurra.data.files import csv_rows


@pytest.fixture
def read(reading):
    return lambda text: reading(lambda path: list(csv_rows.read(path)), "data.csv", text)


def test_rows_begin_where_they_begin(read):
    assert read('a;b\n\n"1\n\n";2\n3;4') == [(1, ["a", "b"]), (3, ["1\n\n", "2"]), (6, ["3", "4"])]
    assert read("a\tb\r\n1,5\t2\r\n") == [(1, ["a", "b"]), (2, ["1,5", "2"])]
    assert read("sep=;\na,b;c\n1;2\n") == [(2, ["a,b", "c"]), (3, ["1", "2"])]


def test_cells_may_be_long(read):
    limit = csv.field_size_limit()
    assert len(read("a,b\n1," + "x" * 200_000)[1][1][1]) == 200_000
    assert csv.field_size_limit() == limit


def test_many_columns_are_refused_before_they_are_cells(read, monkeypatch):
    monkeypatch.setattr(csv_rows, "MOST_COLUMNS", 3)
    with pytest.raises(DataError, match=r"data.csv:1: expected at most 3 columns, got 4"):
        read("a,b,c,d\n")
    assert len(read('a,b\n1,"x,x,x,x,x"\n')) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1\r2,3\n", "data.csv:2: expected cells as in CSV files, got: a carriage return without a line feed"),
        ('a,b\n"x"y,2\n', "data.csv:2: expected cells as in CSV files, got: ',' expected after '\"'"),
        ("a,b\n1,2,3\n", "data.csv:2: expected 2 columns as in the header, got 3"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, text, said):
    with pytest.raises(DataError, match=said):
        read(text)
