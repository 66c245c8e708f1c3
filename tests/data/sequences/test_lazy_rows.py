import numpy as np
import pytest

from recurra.data.sequences.lazy_rows import JoinedRows, SelectedRows


class Counted:
    """Rows that count how often one is read."""

    def __init__(self, rows):
        self.rows, self.read = rows, []

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        self.read.append(int(index))
        return self.rows[index]


def test_rows_are_read_when_they_are_asked_for():
    rows = Counted(["a", "b", "c", "d"])
    selected = SelectedRows(rows, [3, 1, 1])
    assert len(selected) == 3
    assert rows.read == []
    assert selected[1] == "b"
    assert rows.read == [1]
    assert list(selected) == ["d", "b", "b"]


def test_several_rows_of_an_array_come_as_an_array():
    array = np.arange(12).reshape(4, 3)
    selected = SelectedRows(array, [2, 0])
    np.testing.assert_array_equal(selected[np.asarray([1, 0])], [[0, 1, 2], [6, 7, 8]])


def test_joined_rows_stand_behind_each_other():
    parts = [Counted(["a", "b"]), Counted(["c"]), Counted(["d", "e"])]
    joined = JoinedRows(parts)
    assert len(joined) == 5
    assert joined[2] == "c"
    assert [part.read for part in parts] == [[], [0], []]
    assert list(joined) == ["a", "b", "c", "d", "e"]
    for index in (-1, 5):
        with pytest.raises(IndexError):
            joined[index]
