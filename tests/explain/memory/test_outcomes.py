"""Loss against the steps that are read, where it is known."""

import numpy as np
import pytest

from recurra.explain.memory import outcomes as windows
from recurra.explain.memory.outcomes import Outcomes, loss_curve

HISTORIES = np.array([3, 20, 100, 100])


def outcomes(needed, calls=None):
    """Answers that are right once they can look back on some steps."""

    def truncated(rows, steps):
        assert (HISTORIES[rows] > steps).all()
        if calls is not None:
            calls.append((len(rows), steps))
        return np.full(len(rows), 1.0 if steps < needed else 0.0)

    return Outcomes(HISTORIES, np.where(needed <= HISTORIES, 0.0, 1.0), truncated)


@pytest.mark.parametrize("needed", [1, 2, 3, 7, 12, 13, 64, 99])
def test_the_length_is_exact(needed):
    curve = loss_curve(outcomes(needed))
    assert curve.length == needed
    assert curve.steps == sorted(curve.steps)
    assert {1, 2, 4, 8, 16, 32, 64, 100} <= set(curve.steps)


def test_answers_that_have_no_more_are_what_they_were():
    calls = []
    made = outcomes(50, calls)
    assert made.loss(20) == 1.0
    assert calls == [(2, 20)]
    assert made.loss(100) == made.full_loss == 0.5


def test_where_no_window_is_enough_there_is_no_length():
    curve = loss_curve(outcomes(90), longest=64)
    assert curve.length is None
    assert curve.steps[-1] == 64


def test_many_answers_are_read_some_at_a_time(monkeypatch):
    monkeypatch.setattr(windows, "STEPS_AT_ONCE", 20)
    calls = []
    outcomes(50, calls).loss(16)
    assert calls == [(1, 16)] * 3


def test_a_loss_that_never_changes_needs_one_step():
    made = Outcomes(HISTORIES, np.full(4, 2.0), lambda rows, steps: np.full(len(rows), 2.01))
    assert loss_curve(made).length == 1
