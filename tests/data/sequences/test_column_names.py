from recurra.data.sequences.column_names import NONE_NAMED, ColumnNames


def test_columns_to_leave_out_lie_between_commas():
    assert ColumnNames(ignore=" a, b c,,d ").ignored == ["a", "b c", "d"]
    assert NONE_NAMED.ignored == []
