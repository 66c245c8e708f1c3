import math

import pytest
from annotated_types import Interval

from recurra.settings.bounds import expected, holds, shown


@pytest.mark.parametrize(
    ("interval", "value", "message"),
    [
        (Interval(ge=0, lt=1), 1, "0 <= p < 1"),
        (Interval(gt=0, le=1), 0, "0 < p <= 1"),
        (Interval(ge=1, le=1000), 0, "at least 1"),
        (Interval(ge=0, le=1000), -1, "0 or more"),
        (Interval(ge=0, le=1000), 1001, "at most 1,000"),
        (Interval(gt=0, le=1000), 0, "a number above 0"),
        (Interval(ge=0, le=1000), math.nan, "0 or more"),
    ],
)
def test_a_value_out_of_bounds_is_told_what_was_expected(interval, value, message):
    assert not holds(interval, value)
    assert expected(interval, value) == message


@pytest.mark.parametrize(("interval", "inside"), [(Interval(ge=0, lt=1), [0, 0.5]), (Interval(gt=0, le=1), [0.5, 1])])
def test_bounds_that_are_included_hold(interval, inside):
    assert all(holds(interval, value) for value in inside)


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(ge=0, lt=1), "0 <= x < 1"),
        (Interval(gt=0, le=1), "0 < x <= 1"),
        (Interval(ge=0, le=10), "0 <= x <= 10"),
        (Interval(ge=1, le=100_000), ">= 1"),
        (Interval(gt=0, le=1_000_000), "> 0"),
    ],
)
def test_bounds_are_shown_short(interval, text):
    assert shown(interval) == text
