import pytest

from recurra.kernels import FUSED_CELLS, is_short
from recurra.kernels.short_sequences import RowLimits, ShortSequences


@pytest.mark.parametrize(
    ("cell", "steps", "rows", "sizes", "short"),
    [
        ("gru", 1, 1, (16, 128), True),
        ("gru", 5, 5, (16, 128), False),
        ("gru", 2, 200, (16, 128), False),
        ("gru", 5, 5, (256, 256), True),  # many weights take long to sum
        ("gru", 8, 8, (256, 256), False),
        ("rnn_tanh", 11, 11, (16, 32), True),
        ("rnn_relu", 12, 12, (16, 32), False),
        ("lstm", 1, 1, (16, 128), False),
        ("rnn_tanh", 0, 0, (16, 32), False),
    ],
)
def test_few_steps_and_rows_are_short(cell, steps, rows, sizes, short):
    assert is_short(FUSED_CELLS[cell], steps, rows, *sizes, learns=False) == short


def test_where_gradients_are_asked_the_limits_are_others():
    assert is_short(FUSED_CELLS["rnn_tanh"], 8, 8, 16, 32, learns=False)
    assert not is_short(FUSED_CELLS["rnn_tanh"], 8, 8, 16, 32, learns=True)


def test_the_first_limits_that_hold_the_weights_count():
    limits = ShortSequences((RowLimits(10, (5, 4)), RowLimits(20, (3, 2, 1))), (RowLimits(10, (9,) * 4),))
    assert limits.most_steps == 4
    assert limits.include(2, 4, 10, learns=False)
    assert not limits.include(3, 1, 10, learns=False)
    assert limits.include(3, 1, 11, learns=False)
    assert not limits.include(1, 4, 11, learns=False)
    assert not limits.include(1, 1, 21, learns=False)
    assert limits.include(4, 9, 10, learns=True)
