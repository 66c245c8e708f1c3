import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recurra import DataError
from recurra.data.sequences import statistics

SEQUENCES = st.lists(
    st.integers(1, 5).flatmap(lambda steps: arrays(np.float64, (steps, 2), elements=st.floats(-1e3, 1e3))), min_size=1
)


@given(SEQUENCES)
def test_mean_and_deviation_are_those_of_all_steps(inputs):
    steps = np.concatenate(inputs)  # (steps, 2)
    measured = statistics.measure(inputs)
    np.testing.assert_allclose(measured.mean, steps.mean(0), atol=1e-9)
    np.testing.assert_allclose(measured.deviation, steps.std(0), atol=1e-6)
    assert not measured.missing.any()


def test_some_sequences_at_a_time_give_the_same(monkeypatch):
    inputs = [np.random.default_rng(i).normal(5, 3, (i % 4 + 1, 3)) for i in range(20)]
    whole = statistics.measure(inputs)
    monkeypatch.setattr(statistics, "_AT_ONCE", 10)
    np.testing.assert_allclose(statistics.measure(inputs)[:2], whole[:2])


def test_missing_values_do_not_count_and_are_told():
    inputs = [np.asarray([[1.0, np.nan, 7.0], [3.0, 4.0, 7.0]]), np.asarray([[5.0, 6.0, 7.0]])]
    measured = statistics.measure(inputs)
    assert measured.mean.tolist() == [3, 5, 7]
    assert measured.deviation[1:].tolist() == [1, 0]
    assert measured.scale[2] == 1
    assert measured.notes() == [
        "missing values become the mean, and are marked, in feature 2",
        "always the same, so centred only: feature 3",
    ]


def test_numbers_far_from_zero_keep_their_digits():
    values = 1e9 + np.arange(10.0)
    measured = statistics.measure([values[:, None]])
    assert measured.mean[0] == values.mean()
    np.testing.assert_allclose(measured.deviation[0], values.std(), rtol=1e-12)


@pytest.mark.parametrize(("value", "got"), [(np.inf, "infinity"), (-np.inf, "infinity"), (1e200, "1e\\+200")])
def test_what_is_infinite_or_too_large_is_named(value, got):
    inputs = [np.zeros((2, 2)), np.asarray([[0.0, 0.0], [0.0, value]])]
    message = f"second: step 2: feature 2: expected finite numbers or missing ones, got {got}"
    with pytest.raises(DataError, match=message):
        statistics.measure(inputs, ["first", "second"].__getitem__)
    with pytest.raises(DataError, match=message):
        statistics.refuse_infinite(torch.from_numpy(np.stack(inputs)), ["first", "second"].__getitem__, np.arange(2))


def test_symbols_and_missing_values_are_not_infinite():
    statistics.refuse_infinite(torch.tensor([[1, 2]]), str, np.arange(1))
    statistics.refuse_infinite(torch.tensor([[[float("nan")]]]), str, np.arange(1))


def test_ranges_are_those_of_what_is_there():
    measured = statistics.measure([np.array([[1.0, np.nan], [3.0, np.nan]]), np.array([[-2.0, np.nan]])])
    assert measured.ranges == [[-2, 3], [0, 0]]
