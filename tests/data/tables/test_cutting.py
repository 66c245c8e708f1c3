import numpy as np
import pytest

from recurra import DataError
from recurra.data.tables.cutting import WindowIndex, divide, draw_parts, require_apart
from recurra.data.tables.in_memory import table_of

SERIES = np.random.default_rng(0).normal(size=(100, 2))


def test_a_single_series_is_divided_in_time_and_windows_never_cross_the_cut():
    train, held = divide(table_of([SERIES]), 0.2, seed=1)
    np.testing.assert_allclose(np.concatenate([*train.arrays(), *held.arrays()]), SERIES, atol=1e-8)
    assert (len(train.cells), len(held.cells)) == (80, 20)
    train_windows, held_windows = (WindowIndex.cut(part.arrays(), 8) for part in (train, held))
    shown = {row.tobytes() for row in train_windows.gather(np.arange(len(train_windows)))[0].reshape(-1, 2)}
    assert not shown & {row.tobytes() for row in held_windows.gather(np.arange(len(held_windows)))[0].reshape(-1, 2)}


def test_many_series_are_divided_whole():
    train, held = divide(table_of(list(SERIES.reshape(10, 10, 2))), 0.3, seed=1)
    assert (len(train), len(held)) == (7, 3)
    assert divide(table_of([SERIES]), 0.0, seed=1)[1] is None


def test_series_are_drawn_once_each_and_parts_of_a_single_one():
    many = table_of(list(SERIES.reshape(10, 10, 2)))
    drawn = draw_parts(many, 4, None, seed=1)
    known = {part.tobytes() for part in many.arrays()}
    assert len({part.tobytes() for part in drawn.arrays()} & known) == 4
    assert len(draw_parts(many, 40, None, seed=1)) == 10
    assert draw_parts(many, 4, 3, seed=1).lengths.tolist() == [3] * 4
    parts = draw_parts(table_of([SERIES]), 5, 8, seed=1)
    assert parts.lengths.tolist() == [8] * 5
    first = {tuple(row): position for position, row in enumerate(table_of([SERIES]).cells.tolist())}
    begins = [first[tuple(cells[0])] for cells in parts.series()]
    assert len(set(begins)) == 5
    assert [first[tuple(cells[-1])] for cells in parts.series()] == [begin + 7 for begin in begins]
    assert draw_parts(table_of([SERIES[:5]]), 3, 8, seed=1).lengths.tolist() == [5]


@pytest.mark.parametrize("stride", [1, 3])
def test_windows_that_were_cut_before_the_division_are_refused(stride):
    windows = np.stack([SERIES[i : i + 8] for i in range(0, 92, stride)])
    shuffled = windows[np.random.default_rng(0).permutation(len(windows))]
    with pytest.raises(DataError, match=r"windows of one series that overlap \(\d+% of them"):
        divide(table_of(shuffled), 0.2, seed=1)
    apart = np.stack([SERIES[i : i + 8] for i in range(0, 92, 8)])
    require_apart(table_of(apart))
    flat = np.ones((20, 8, 2))
    require_apart(table_of(flat))  # nothing tells these apart, and nothing leaks
    with pytest.raises(DataError, match="overlap"):
        require_apart(table_of(windows[:20]), table_of(windows[:5]))


def test_windows_cover_every_row_and_know_what_precedes_them():
    series = [np.arange(10.0)[:, None], np.arange(100.0, 103.0)[:, None]]
    index = WindowIndex.cut(series, 4, stride=3)
    steps, lengths = index.gather(np.arange(len(index)))
    assert steps[:, 0, 0].tolist() == [0, 3, 6, 100]
    assert lengths.tolist() == [4, 4, 4, 3]
    assert steps[3, :, 0].tolist() == [100, 101, 102, 0]
    before, counts = index.gather_before(np.asarray([0, 1, 2]), most=4)
    assert counts.tolist() == [0, 3, 4]
    assert before[:, :, 0].tolist() == [[0, 0, 0, 0], [0, 1, 2, 0], [2, 3, 4, 5]]
    assert index.series.tolist() == [0, 0, 0, 1]
