import pytest

from recurra.data.sequences.table_columns import TableColumns, listed


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        (
            TableColumns("steps", ["a", "b"], "y", "id", "time", left_out={"n": "counts rows"}),
            "label: column 'y'; features: a, b; sequence: column 'id'; order: column 'time'; "
            "left out: 'n' (counts rows)",
        ),
        (TableColumns("steps", ["a"]), "label: none; features: a; sequence: all rows of a file"),
        (TableColumns("series", ["a", "b"], "y"), "label: column 'y'; steps of a series: a, b"),
        (TableColumns("text", [], "y", text="t"), "label: column 'y'; text: column 't'"),
        (TableColumns("steps", ["a"], in_memory=True), "features: a"),
    ],
    ids=lambda value: value.form if isinstance(value, TableColumns) else "",
)
def test_what_columns_are_is_said_in_a_line(columns, note):
    assert columns.note() == note


def test_another_table_needs_the_features_and_what_orders_and_groups_them():
    columns = TableColumns("steps", ["a", "b"], "y", "id", "time")
    assert columns.needed(labelled=True) == ["a", "b", "y", "id", "time"]
    assert columns.needed(labelled=False) == ["a", "b", "id", "time"]
    assert TableColumns("text", [], "y", text="t").needed(labelled=False) == ["t"]


def test_of_many_names_the_first_and_the_last_are_shown():
    assert listed(["a", "b"]) == "a, b"
    assert listed([f"c{i}" for i in range(20)]) == "c0, c1, c2, c3, c4, c5, ... c19 (20 columns)"
    assert len(listed(["n" * 1000])) < 60
