"""Canaries that were planted are found in what a generator makes that copies, and in no other."""

import json
import math
import shutil

import numpy as np
import pytest

import recurra
from recurra import DataError, TimeSeriesGAN
from recurra.data.tables.encoding import EncodedTable
from recurra.data.tables.feature import Feature
from recurra.tasks.series_gan.baseline import likelihood_model
from recurra.tasks.series_gan.canaries import Canaries, Exposure

FEATURES = [
    Feature("load", "value", "number", 0, 100),
    Feature("state", "value", "category", values=[3, 4, 5]),
    Feature("state", "missing", "mark"),
]


def real(count=30, seed=0):
    """Series of 6 to 12 rows, with a number of context."""
    generator = np.random.default_rng(seed)
    steps = []
    for _ in range(count):
        rows = int(generator.integers(6, 13))
        load = np.clip(0.5 + generator.normal(0, 0.05, (rows, 1)).cumsum(0), 0, 1)
        steps.append(np.concatenate([load, np.eye(3)[generator.integers(3, size=rows)], np.zeros((rows, 1))], 1))
    return EncodedTable([part.astype(np.float32) for part in steps], generator.uniform(size=(count, 1)).astype("f4"))


def windows(series):
    """Series side by side, (N, 12, 5)."""
    padded = np.zeros((len(series), 12, 5), np.float32)
    for row, part in zip(padded, series, strict=True):
        row[: len(part)] = part
    return padded


def test_a_canary_is_a_series_of_the_same_form():
    canaries = Canaries.draw(20, real(), FEATURES, window=10, seed=1)
    for rows in map(np.asarray, canaries.rows):
        assert 6 <= len(rows) <= 10
        assert len(np.unique(rows, axis=0)) <= 2
        assert ((rows >= 0) & (rows <= 1)).all()
        assert (rows[:, 1:4].sum(1) == 1).all()
        assert set(rows[:, 4]) <= {0.0, 1.0}
    assert {context for (context,) in canaries.context} <= set(real().context[:, 0].tolist())
    assert canaries == Canaries.draw(20, real(), FEATURES, window=10, seed=1)


def test_they_are_planted_so_often():
    data, canaries = real(), Canaries.draw(3, real(), FEATURES, window=12, seed=1)
    planted = canaries.plant(data, repeats=2)
    assert len(planted.steps) == len(planted.context) == 30 + 2 * 3
    assert np.array_equal(planted.steps[31], planted.steps[34])
    assert planted.steps[31].tolist() == canaries.rows[1]
    assert planted.context[34].tolist() == canaries.context[1]


def test_a_generator_that_copies_gives_all_away_and_one_that_never_saw_them_none():
    data = real(300)
    canaries = Canaries.draw(10, data, FEATURES, window=12, seed=1)
    copied = windows(canaries.plant(data, repeats=1).steps)
    noise = np.random.default_rng(2).normal(0, 0.01, copied.shape)
    exposure = canaries.exposure(copied + noise, FEATURES, seed=1)
    assert exposure.given_away == 10
    assert exposure.bits == [math.log2(1001)] * 10
    unseen = canaries.exposure(windows(real(300, seed=3).steps), FEATURES, seed=1)
    assert unseen.given_away <= 1
    assert np.mean(unseen.bits) < 3  # 1.4 by chance


def test_exposure_is_how_far_the_rank_narrows_it_down():
    exposure = Exposure([0.1, 0.2, 0.3], [1, 4, 1024], 1023)
    assert exposure.bits == [10.0, 8.0, 0.0]
    assert exposure.given_away == 1


@pytest.fixture(scope="module")
def run(visits, small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    settings = small | {"canaries": 3, "canary_repeats": 2}
    return TimeSeriesGAN(**settings).fit(visits, out=folder, progress=False), folder


def test_a_run_learns_from_its_canaries_and_keeps_them(run, visits, small):
    fitted, folder = run
    assert recurra.load(folder).canaries_ == fitted.canaries_
    index = fitted.training_windows.index
    without = TimeSeriesGAN(**small).fit(visits, progress=False)
    assert without.canaries_ is None
    assert len(index) == len(without.training_windows.index) + 3 * 2
    steps, lengths = index.gather(np.arange(len(index) - 6, len(index)))
    for number, rows in enumerate(fitted.canaries_.rows * 2):
        assert steps[number, : lengths[number]].tolist() == rows


def test_the_likelihood_model_learns_from_the_same(run, visits):
    fitted, _ = run
    assert likelihood_model(fitted, *fitted.divided(visits)).canaries_ == fitted.canaries_


def test_a_run_goes_on_with_the_same_canaries(run, visits, small, tmp_path):
    fitted, _ = run
    settings = small | {"canaries": 3, "canary_repeats": 2, "max_minutes": 1e-9}
    TimeSeriesGAN(**settings).fit(visits, out=tmp_path / "parts", progress=False)
    resumed = TimeSeriesGAN.resume(tmp_path / "parts", max_minutes=10, progress=False)
    assert resumed.canaries_ == fitted.canaries_
    assert resumed.sample(4, seed=1).csv() == fitted.sample(4, seed=1).csv()


def test_spoilt_canaries_are_named(run, tmp_path):
    _, folder = run
    content = json.loads((folder / "canaries.json").read_text())
    shorter = {"rows": [[row[1:] for row in rows] for rows in content["rows"]], "context": content["context"]}
    for spoilt in ({}, [], {"rows": 1, "context": []}, shorter, content | {"context": []}):
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        (copy / "canaries.json").write_text(json.dumps(spoilt))
        with pytest.raises(DataError, match=r"canaries\.json"):
            recurra.load(copy)
