"""Every setting of every job is checked by its name: its type, its range, its choices."""

import dataclasses
import math
import typing

import numpy as np
import pytest
import torch

from recurra import DataError
from recurra.tasks import TASKS
from recurra.training.ranges import Range

FIELDS = [(task.Config, field.name) for task in TASKS.values() for field in dataclasses.fields(task.Config)]
STRANGE = [
    *(
        math.nan,
        math.inf,
        -math.inf,
        -1,
        -0.5,
        0,
        0.0,
        1.0,
        1.5,
        10**12,
        -(10**12),
        10**400,
        10**5000,
        1e300,
        5_000_000_000,
    ),
    *("x", "", "nan", b"1", None, True, [], [1], {}, 1j, object(), np.zeros(3), np.float32("nan"), np.int64(-1)),
]


def hint_and_ranges(config_class, name):
    hint = typing.get_type_hints(config_class, include_extras=True)[name]
    return typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else (hint,)


def outcome(config_class, name, value):
    """What is kept of a setting, and the error where it is refused."""
    try:
        return getattr(config_class(**{name: value}), name), ""
    except DataError as error:
        return None, str(error)


@pytest.mark.parametrize(("config_class", "name"), FIELDS, ids=lambda value: getattr(value, "__name__", value))
def test_a_setting_is_in_order_or_named(config_class, name):
    hint, *ranges = hint_and_ranges(config_class, name)
    assert len(ranges) == (hint in (int, float))  # no number is without a range
    for value in STRANGE:
        kept, error = outcome(config_class, name, value)
        if error:
            assert error.startswith(f"{name}: expected ")
            assert len(error) < 300
            continue
        if hint in (int, float, bool, str):
            assert type(kept) is hint
        if ranges:
            assert math.isfinite(kept)
            assert ranges[0].least <= kept <= ranges[0].most


@pytest.mark.parametrize(("config_class", "name"), FIELDS, ids=lambda value: getattr(value, "__name__", value))
def test_numbers_as_searches_give_them_become_pythons(config_class, name):
    default = getattr(config_class(), name)
    others = {int: [np.int64, np.int16, np.float64, float, torch.tensor], bool: [np.bool_], str: [np.str_]}
    others[float] = [np.float64, np.asarray, torch.tensor]
    for convert in others.get(type(default), []):
        kept = getattr(config_class(**{name: convert(default)}), name)
        assert type(kept) is type(default)
        assert kept == pytest.approx(default, rel=1e-6) if isinstance(default, float) else kept == default


@pytest.mark.parametrize(
    ("allowed", "value", "message"),
    [
        (Range(0, 1, without_most=True), 1, "0 <= p < 1"),
        (Range(0, 1, without_least=True), 0, "0 < p <= 1"),
        (Range(1, 1000), 0, "at least 1"),
        (Range(0, 1000), -1, "0 or more"),
        (Range(0, 1000), 1001, "at most 1,000"),
        (Range(0, 1000, without_least=True), 0, "a number above 0"),
        (Range(0, 1000), math.nan, "0 or more"),
    ],
)
def test_what_a_range_expects(allowed, value, message):
    assert not allowed.holds(value)
    assert allowed.expected(value) == message
