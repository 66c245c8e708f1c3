"""What a linear probe tells, where it is known."""

import numpy as np
import pytest

from recurra.explain.memory.probe import lags_of, probe

RNG = np.random.default_rng(0)


def shifted(x, lag):
    return np.concatenate([np.zeros_like(x[:lag]), x[: len(x) - lag]])


@pytest.mark.parametrize("sequences", [1, 5])
def test_numbers_are_told_as_far_back_as_the_state_holds_them(sequences):
    read = [RNG.normal(size=(2000 // sequences, 2)) for _ in range(sequences)]
    states = [np.concatenate([x, shifted(x, 1), shifted(x, 2)], 1) @ np.diag([1, 2, 3, 4, 5, 6]) for x in read]
    made = probe(states, read, [0, 1, 2, 4])
    assert made.scores[:3] == pytest.approx([1, 1, 1], abs=1e-6)
    assert abs(made.scores[3]) < 0.1
    assert made.chance == pytest.approx([0] * 4, abs=0.05)
    assert not made.is_symbols


def test_symbols_are_told_as_far_back_as_the_state_holds_them():
    read = [RNG.integers(5, size=3000)]
    states = [np.concatenate([np.eye(5)[shifted(read[0], lag)] for lag in (0, 3)], 1)]
    made = probe(states, read, [0, 1, 3])
    assert made.scores[0] == made.scores[2] == 1
    assert made.scores[1] < 0.3
    assert max(made.chance) < 0.3


def test_noise_is_not_fitted():
    made = probe([RNG.normal(size=(300, 80))], [RNG.normal(size=(300, 1))], [0])
    assert made.scores[0] < 0.1


def test_rare_symbols_are_one(monkeypatch):
    read = [np.arange(300) % 100]
    made = probe([np.eye(100)[read[0]]], read, [0])
    assert made.scores[0] == 1


def test_states_that_never_change_and_missing_numbers_are_no_error():
    read = [np.where(RNG.random((200, 1)) < 0.1, np.nan, 1.0)]
    assert np.isfinite(probe([np.zeros((200, 3))], read, [0]).scores).all()


def test_too_few_positions_are_not_probed():
    assert probe([np.zeros((10, 2))], [np.zeros((10, 1))], [0, 4]) is None
    assert probe([np.zeros((3, 2))], [np.zeros((3, 1))], [0, 4]) is None


def test_half_of_a_sequence_is_left_by_the_lags():
    assert lags_of([1000]) == [0, 1, 2, 4, 8, 16, 32, 64]
    assert lags_of([6, 7]) == [0, 1, 2]
    assert lags_of([1]) == [0]
