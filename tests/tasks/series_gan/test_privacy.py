"""A private training: the noise of all steps that see the data, windows that share no row, and what is not told."""

import numpy as np
import pytest
import torch

from recurra import DataError, TimeSeriesGAN
from recurra.tasks.series_gan import privacy
from recurra.tasks.series_gan.config import SeriesGANConfig
from recurra.training.privacy import Budget, PrivateAdversarial, PrivatePhase
from recurra.training.processes import Processes
from recurra.training.validation import STEPS_LEFT, Validation

pytest.importorskip("opacus", reason="needs opacus")

PRIVATE = {
    "epsilon": 8.0,
    "continued": False,
    "window": 4,
    "batch_size": 4,
    "epochs": 2,
    "pretraining_epochs": 1,
    "epoch_steps": 6,
    "hidden_size": 4,
    "num_layers": 1,
    "critic_size": 8,
    "noise_size": 4,
    "threads": 1,
}


@pytest.fixture
def walk(tmp_path):
    """One series of 75 rows, of which the first tenths are learnt from."""
    steps = np.random.default_rng(0).normal(size=(75, 2)).cumsum(0)
    path = tmp_path / "walk.csv"
    path.write_text("a,b\n" + "".join(f"{a:.2f},{b:.2f}\n" for a, b in steps))
    return path


def test_all_gradients_that_see_the_data_are_counted():
    config = SeriesGANConfig(epochs=10, pretraining_epochs=4, epoch_steps=50, discriminator_steps=5, generator_steps=2)
    assert privacy.private_steps(config) == 4 * 50 + 6 * 50 + 6 * 50 // 5 * 2
    likelihood = SeriesGANConfig(method="likelihood", epochs=10, epoch_steps=50)
    assert privacy.private_steps(likelihood) == 500


def test_the_noise_keeps_to_the_budget():
    config = SeriesGANConfig(**PRIVATE)
    noise = privacy.noise_of(config, windows=40)
    spent = Budget.of([PrivatePhase(4 / 40, privacy.private_steps(config))], noise.multiplier, config.delta)
    assert 0.9 * config.epsilon < spent.epsilon <= config.epsilon


@pytest.mark.parametrize("method", ["rtsgan", "timegan", "rcgan", "likelihood"])
def test_every_method_learns_privately(method, walk, tmp_path):
    task = TimeSeriesGAN(**PRIVATE | {"method": method}).fit(walk, out=tmp_path / "run", progress=False)
    assert task.sample(2, length=4, seed=1).csv().count("\n") == 9
    assert "epsilon" in (tmp_path / "run" / "config.json").read_text()
    windows = task.training_windows
    starts = np.sort(windows.index.starts)
    assert (np.diff(starts) >= 4).all()  # no row is in two
    assert any("epsilon 8 at delta 1e-05 for the 4 rows of a window" in note for note in windows.warnings)


def test_the_game_is_private_and_the_last_generator_is_kept(walk):
    task = TimeSeriesGAN(**PRIVATE)
    preparation = task._prepare(walk, None, True)
    assert preparation.validation == Validation(STEPS_LEFT)
    update = task._make_update(preparation.network, 12, Processes(0, 1, torch.device("cpu")))
    update.begin_next(preparation.network.state_dict())
    assert isinstance(update.update, PrivateAdversarial)
    assert preparation.network.latent_mean.eq(0).all()
    assert preparation.network.latent_scale.eq(1).all()


def test_the_same_seed_learns_the_same_bits_also_in_parts(walk, tmp_path):
    whole = TimeSeriesGAN(**PRIVATE).fit(walk, out=tmp_path / "whole", progress=False)
    TimeSeriesGAN(**PRIVATE | {"max_minutes": 1e-9}).fit(walk, out=tmp_path / "parts", progress=False)
    for _ in range(20):
        parts = TimeSeriesGAN.resume(tmp_path / "parts", max_minutes=1e-9, progress=False)
        if parts.finished_:
            break
    assert parts.sample(4, length=4, seed=1).csv() == whole.sample(4, length=4, seed=1).csv()


def test_what_would_be_told_as_it_is_is_refused(tmp_path):
    path = tmp_path / "visits.csv"
    rows = [f"{series},{'ab'[series % 2]},{step}.{series}\n" for series in range(20) for step in range(5)]
    path.write_text("id,kind,value\n" + "".join(rows))
    with pytest.raises(DataError, match="epsilon: expected columns that change in a series, got 'kind'"):
        TimeSeriesGAN(**PRIVATE).fit(path, progress=False)


def test_windows_that_go_on_from_others_are_refused():
    with pytest.raises(DataError, match="epsilon: expected 0 unless continued is False"):
        SeriesGANConfig(epsilon=1.0)


def test_fewer_windows_than_a_batch_are_refused():
    with pytest.raises(DataError, match="batch_size: expected at most 3, the windows that share no row, got 4"):
        privacy.noise_of(SeriesGANConfig(**PRIVATE), windows=3)
