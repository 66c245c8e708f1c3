import json
import os
import re
import shutil
import signal
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import recurra
from recurra import DataError, TimeSeriesGAN
from recurra.tasks.series_gan.methods import METHODS
from recurra.training.phases import Phases


@pytest.fixture(scope="module")
def run(visits, small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    return TimeSeriesGAN(**small).fit(visits, out=folder, progress=False), folder


def test_what_is_made_has_the_columns_and_forms_of_the_file(run, visits):
    fitted, _ = run
    text = fitted.format_samples(fitted.sample(3, seed=1))
    lines = text.splitlines()
    assert lines[0] == visits.read_text().splitlines()[0]
    form = r"\d,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,[ab],(-?\d+\.\d\d)?,\d+,\d\.\d,\d+\.\d,\d+,\d+"
    assert all(re.fullmatch(form, line) for line in lines[1:]), lines[1:3]


def test_the_same_seed_makes_the_same_table_and_a_run_opens(run):
    fitted, folder = run
    first = fitted.sample(5, seed=1).csv()
    assert fitted.sample(5, seed=1).csv() == first != fitted.sample(5, seed=2).csv()
    assert recurra.load(folder).sample(5, seed=1).csv() == first
    with pytest.raises(DataError, match="count: expected a whole number of at least 1, got 0"):
        fitted.sample(0)


@pytest.mark.parametrize("method", METHODS)
def test_a_run_of_any_method_makes_the_same_when_it_was_opened(method, visits, small, tmp_path):
    fitted = TimeSeriesGAN(**small | {"method": method, "epochs": 2}).fit(visits, out=tmp_path / "run", progress=False)
    assert recurra.load(tmp_path / "run").sample(5, seed=1).csv() == fitted.sample(5, seed=1).csv()


def test_a_spoilt_encoding_is_named(run, tmp_path):
    _, folder = run
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    whole = (copy / "encoding.json").read_text()
    other_kind, unknown_column = (
        whole.replace('"number"', '"word"'),
        whole.replace('"column": "price"', '"column": "x"'),
    )
    assert len({whole, other_kind, unknown_column}) == 3
    for text in ("{}", "[]", "x", other_kind, unknown_column):
        (copy / "encoding.json").write_text(text)
        with pytest.raises(DataError, match=r"encoding\.json"):
            recurra.load(copy)


def test_a_spoilt_context_is_named(run, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run[1], copy)
    content = json.loads((copy / "context.json").read_text())
    content["correlation"] = [[-1.0] * len(row) for row in content["correlation"]]
    (copy / "context.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"context\.json: expected the distribution of the context"):
        recurra.load(copy)


def test_the_same_seed_learns_the_same_bits(run, visits, small):
    fitted, _ = run
    again = TimeSeriesGAN(**small).fit(visits, progress=False)
    assert again.sample(4, seed=1).csv() == fitted.sample(4, seed=1).csv()


def test_a_run_goes_on_where_it_was_stopped(visits, small, tmp_path):
    whole = TimeSeriesGAN(**small).fit(visits, out=tmp_path / "whole", progress=False)
    TimeSeriesGAN(**small | {"max_minutes": 1e-9}).fit(visits, out=tmp_path / "parts", progress=False)
    for _ in range(20):
        parts = TimeSeriesGAN.resume(tmp_path / "parts", max_minutes=1e-9, progress=False)
        if parts.finished_:
            break
    assert parts.sample(4, seed=1).csv() == whole.sample(4, seed=1).csv()


@pytest.mark.parametrize("step", [4, 7, 8])  # amid the phase of the autoencoder, and amid the game
def test_a_killed_training_goes_on_to_the_same_bits(step, run, visits, small, tmp_path, forked):
    _, whole = run
    process = forked.run_file(__file__, json.dumps(small), visits, tmp_path / "killed", step)
    assert process.returncode == -signal.SIGKILL, process.stderr
    recurra.resume(tmp_path / "killed", progress=False)
    for file in ("model.safetensors", "last/checkpoint.safetensors"):
        before, after = load_file(whole / file), load_file(tmp_path / "killed" / file)
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_arrays_go_in_and_out(small):
    arrays = np.random.default_rng(0).uniform(size=(20, 6, 2)).round(3)
    fitted = TimeSeriesGAN(**small | {"rules": ""}).fit(arrays, progress=False)
    made = fitted.sample(4, seed=1).arrays()
    assert [part.shape for part in made] == [(6, 2)] * 4
    assert 0 <= np.min(made) <= np.max(made) <= 1


def test_windows_that_overlap_are_refused(small):
    series = np.random.default_rng(0).normal(size=(40, 2))
    windows = np.stack([series[i : i + 8] for i in range(30)])
    with pytest.raises(DataError, match="windows of one series that overlap"):
        TimeSeriesGAN(**small | {"rules": ""}).fit(windows, progress=False)


def test_a_bad_cell_is_named(tmp_path, small):
    path = tmp_path / "bad.csv"
    path.write_text("time,price\n2024-01-02,1.5\n2024-01-01,x\n")
    with pytest.raises(DataError, match=r"bad\.csv:3: expected a number in column price, got 'x'"):
        TimeSeriesGAN(**small | {"rules": ""}).fit(path, progress=False)


def test_rules_that_hold_are_proposed(visits, small, capsys):
    TimeSeriesGAN(**small | {"rules": ""}).fit(visits, progress=True)
    assert "begin <= end" in capsys.readouterr().err


def _train_and_die(settings: dict, data: str, out: str, steps: int) -> None:
    """Train, and be killed in the middle of the step after so many."""
    step, taken = Phases.step, 0

    def dying(self, *arguments):
        nonlocal taken
        if taken == steps:
            os.kill(os.getpid(), signal.SIGKILL)
        taken += 1
        return step(self, *arguments)

    Phases.step = dying
    TimeSeriesGAN(**settings, checkpoint_seconds=1e-6).fit(data, out=out, progress=False)


if __name__ == "__main__":
    _train_and_die(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
