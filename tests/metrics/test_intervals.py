import math

import numpy as np
import pytest

from recurra import DataError
from recurra.metrics.intervals import Interval, difference, interval, student_quantile

# Student's table, two-sided 95% and 99%
TABLE = {1: (12.706, 63.657), 2: (4.3027, 9.9248), 3: (3.1824, 5.8409), 4: (2.7764, 4.6041), 9: (2.2622, 3.2498)}
TABLE |= {10: (2.2281, 3.1693), 30: (2.0423, 2.7500), 120: (1.9799, 2.6174)}


@pytest.mark.parametrize("degrees", TABLE)
def test_quantiles_are_those_of_the_tables(degrees):
    for confidence, expected in zip((0.95, 0.99), TABLE[degrees], strict=True):
        assert student_quantile(confidence, degrees) == pytest.approx(expected, rel=5e-5)


def test_an_interval_stands_around_the_mean():
    measured = interval([1.0, 2.0, 3.0])
    assert measured.mean == 2.0
    margin = pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)
    assert (measured.high - 2.0, 2.0 - measured.low) == (margin, margin)
    assert str(measured) == "2 (-0.4841 to 4.484)"


def test_most_intervals_hold_the_true_mean():
    draws = np.random.default_rng(0).normal(5.0, 2.0, (2000, 4))
    intervals = [interval(row) for row in draws]
    holds = np.mean([found.low < 5.0 < found.high for found in intervals])
    assert holds == pytest.approx(0.95, abs=0.02)


def test_pairs_are_compared_one_by_one():
    measured = difference([10.0, 20.0, 30.0], [9.0, 19.0, 29.0])
    assert (measured.mean, measured.low, measured.high) == (1.0, 1.0, 1.0)
    with pytest.raises(DataError, match="expected pairs, got 2 and 1"):
        difference([1.0, 2.0], [1.0])


def test_one_measurement_says_nothing_of_the_spread():
    measured = interval([2.0])
    assert measured == Interval(2.0, -math.inf, math.inf, 1)
    assert measured.to_json() == {"mean": 2.0, "low": None, "high": None, "count": 1}
    assert str(measured) == "2 (one measurement, no interval)"


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]], ids=str)
def test_no_mean_of_what_is_no_number(values):
    with pytest.raises(DataError, match="measurements: expected finite numbers"):
        interval(values)
