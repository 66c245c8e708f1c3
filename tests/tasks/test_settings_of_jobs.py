"""Every setting of every job is checked by its name: its type, its range, its choices."""

import dataclasses
import math
import tomllib
import typing
from pathlib import Path

import numpy as np
import pytest
import torch

from recurra import DataError
from recurra.settings import bounds
from recurra.settings.check import declared
from recurra.tasks import TASKS

SETTINGS = Path(__file__).parents[2] / "benchmarks" / "settings"
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


def hint_and_intervals(config_class, name):
    return declared(typing.get_type_hints(config_class, include_extras=True)[name])


def outcome(config_class, name, value):
    """What is kept of a setting, and the error where it is refused."""
    try:
        return getattr(config_class(**{name: value}), name), ""
    except DataError as error:
        return None, str(error)


@pytest.mark.parametrize(("config_class", "name"), FIELDS, ids=lambda value: getattr(value, "__name__", value))
def test_a_setting_is_in_order_or_named(config_class, name):
    hint, intervals = hint_and_intervals(config_class, name)
    assert len(intervals) == (hint in (int, float))  # no number is without bounds
    for value in STRANGE:
        kept, error = outcome(config_class, name, value)
        if error:
            assert error.startswith(f"{name}: expected ")
            assert len(error) < 300
            continue
        if hint in (int, float, bool, str):
            assert type(kept) is hint
        if intervals:
            assert math.isfinite(kept)
            assert bounds.least(intervals[0]) <= kept <= bounds.most(intervals[0])


@pytest.mark.parametrize(("config_class", "name"), FIELDS, ids=lambda value: getattr(value, "__name__", value))
def test_numbers_as_searches_give_them_become_pythons(config_class, name):
    default = getattr(config_class(), name)
    others = {int: [np.int64, np.int16, np.float64, float, torch.tensor], bool: [np.bool_], str: [np.str_]}
    others[float] = [np.float64, np.asarray, torch.tensor]
    for convert in others.get(type(default), []):
        kept = getattr(config_class(**{name: convert(default)}), name)
        assert type(kept) is type(default)
        assert kept == pytest.approx(default, rel=1e-6) if isinstance(default, float) else kept == default


@pytest.mark.parametrize("file", sorted(SETTINGS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_settings_of_the_results_are_settings_of_a_job(file):
    chosen = tomllib.loads(file.read_text())
    names = {job: {field.name for field in dataclasses.fields(task.Config)} for job, task in TASKS.items()}
    jobs = [job for job in TASKS if chosen.keys() <= names[job]]
    assert jobs, f"expected settings of a job, got {', '.join(chosen)}"
    config = TASKS[jobs[0]].Config(**chosen)
    assert all(getattr(config, name) == value for name, value in chosen.items())
