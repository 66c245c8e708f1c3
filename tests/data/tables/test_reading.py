import re

import pytest

from recurra import DataError
from recurra.data.tables.choices import Choices
from recurra.data.tables.reading import read


def table_of(tmp_path, text, **choices):
    path = tmp_path / "table.csv"
    path.write_text(text)
    return read(path, Choices.of(**choices))


def test_a_table_is_written_as_it_was_read(mixed):
    assert read(mixed).csv() == mixed.read_text()


def test_what_columns_are_is_found_out(mixed):
    columns = {column.name: column for column in read(mixed).columns}
    assert [columns[name].role for name in ("id", "time", "shop")] == ["series", "order", "value"]
    assert [columns[name].kind for name in ("time", "shop", "price", "count")] == [
        "time",
        "category",
        "number",
        "number",
    ]
    assert columns["shop"].is_context
    assert not columns["count"].is_context
    assert columns["price"].missing == ""
    assert (columns["price"].number.decimals, columns["count"].number.decimals) == (2, 0)


def test_a_person_may_say_what_columns_are(tmp_path):
    table = table_of(tmp_path, "a,b,c\n1,x,5\n2,x,6\n1,y,7\n2,y,8\n", kinds="a=category", group="b", time="c")
    assert [column.kind for column in table.columns] == ["category", "category", "number"]
    assert [column.role for column in table.columns] == ["value", "series", "order"]
    assert len(table) == 2
    assert table_of(tmp_path, "a,b\n1,x\n2,y\n", ignore="b").header == ["a"]
    for kinds in ("a=word", "a"):
        with pytest.raises(DataError, match=r"columns: expected NAME=KIND"):
            table_of(tmp_path, "a\n1\n", kinds=kinds)
    with pytest.raises(DataError, match=r"table\.csv:1: expected a column 'z', got a"):
        table_of(tmp_path, "a\n1\n", time="z")


def test_rows_of_a_series_are_brought_together(tmp_path):
    table = table_of(tmp_path, "id,v\nx,1\ny,2\nx,3\n")
    assert [part[:, 1].tolist() for part in table.series()] == [[1, 3], [2]]
    assert table.where(1).endswith(":4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,price\n2024-01-02,1.5\n2024-01-01,x\n", ":3: expected a number in column price, got 'x'"),
        (
            "time,price\n2024-01-02,1.5\n2024-01-01,2\n",
            ":3: expected a time stamp of at least 2024-01-02 in column time",
        ),
        ("time,price\n2024-01-02,1.5\n,2\n", ":3: expected a time stamp in column time, got an empty cell"),
        ("time,price\n2024-01-01,1\n2024-01-02,1\n2024-02-30,2\n", ":4: expected a time stamp such as 2024-01-31"),
        ("id,v\na,1\n,2\na,3\n", ":3: expected the name of a series in column id, got an empty cell"),
        ("a,a\n1,2\n", ":1: expected each column once, got 'a' twice"),
        ("1.5,2\n1,2\n", ":1: expected a header, the names of the columns, got numbers"),
        ("a,b\n", ": expected rows below the header, got none"),
        ("a,b\n1,2\n3\n", ":3: expected 2 columns as in the header, got 1"),
        ("v\n1e300\n", ":1: column v: expected numbers below"),
        ("word\n" + "".join(f"w{i}\n" for i in range(1001)), ":1: expected at most 1,000 categories in column word"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(tmp_path, text, message):
    with pytest.raises(DataError, match=re.escape(message)):
        table_of(tmp_path, text)


def test_rows_may_go_backward_from_one_series_to_the_next(tmp_path):
    assert len(table_of(tmp_path, "id,time\na,5\na,6\nb,1\nb,1\n")) == 2


def test_another_table_is_read_alike(tmp_path, mixed):
    columns = read(mixed).columns
    path = tmp_path / "other.csv"
    path.write_text("time,id,shop,count,price,cost,total,begin,end\n2024-01-01 00:00:00,7,a,5,1.5,1.0,6.0,0,0\n")
    other = read(path, known=columns)
    assert other.header == [column.name for column in columns]
    assert other.texts()[0][2:5] == ["a", "1.50", "5"]
    path.write_text("id,time\n1,2024-01-01 00:00:00\n")
    with pytest.raises(DataError, match="expected the columns of the training, got none named shop, price"):
        read(path, known=columns)


def test_codes_and_flags_are_categories(tmp_path):
    table = table_of(tmp_path, "zip,flag,none\n01234,0,\n04711,1,\n10000,0,\n")
    assert [column.kind for column in table.columns] == ["category"] * 3
    assert table.texts() == [["01234", "0", ""], ["04711", "1", ""], ["10000", "0", ""]]
