from recurra.metrics import confusion


def test_a_row_is_a_true_class_and_a_column_what_it_was_taken_for():
    assert confusion.count("aabbbc", "abbbac", "abc") == [[1, 1, 0], [1, 2, 0], [0, 0, 1]]


def test_a_class_that_never_comes_has_zeros():
    assert confusion.count("a", "a", "ab") == [[1, 0], [0, 0]]


def test_the_table_is_laid_out_in_columns():
    assert confusion.as_text([[10, 0], [2, 3]], ["cat", "mouse"]) == (
        "            1   2\ncat (1)    10   .\nmouse (2)   2   3"
    )
