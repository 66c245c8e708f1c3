"""The likelihood model of a report is learnt once for a run, and anew where anything else would be learnt."""

import pytest

from recurra import TimeSeriesGAN
from recurra.tasks.series_gan.baseline import FOLDER, likelihood_model


@pytest.fixture(scope="module")
def fitted(visits, small):
    return TimeSeriesGAN(**small).fit(visits, progress=False)


@pytest.fixture
def trainings(monkeypatch):
    """Counts trainings."""
    counted, fit = [], TimeSeriesGAN.fit

    def counting(self, *arguments, **named):
        counted.append(self.config.method)
        return fit(self, *arguments, **named)

    monkeypatch.setattr(TimeSeriesGAN, "fit", counting)
    return counted


def test_it_is_learnt_once_and_opened_then(fitted, visits, trainings, tmp_path):
    divided = fitted.divided(visits)
    first = likelihood_model(fitted, *divided, tmp_path)
    again = likelihood_model(fitted, *divided, tmp_path)
    assert trainings == ["likelihood"]
    assert again.config == first.config
    assert again.sample(3, seed=1).csv() == first.sample(3, seed=1).csv()


def test_other_data_or_settings_are_learnt_anew(fitted, visits, trainings, tmp_path, small):
    train, held = fitted.divided(visits)
    likelihood_model(fitted, train, held, tmp_path)
    likelihood_model(fitted, train.select(range(len(train) - 1)), held, tmp_path)
    larger = TimeSeriesGAN(**small | {"hidden_size": 5})
    assert likelihood_model(larger, train, held, tmp_path).config.hidden_size == 5
    assert trainings == ["likelihood"] * 3


def test_one_that_was_not_written_whole_is_learnt_anew(fitted, visits, trainings, tmp_path):
    divided = fitted.divided(visits)
    likelihood_model(fitted, *divided, tmp_path)
    (tmp_path / FOLDER / "learnt_from.sha256").unlink()
    likelihood_model(fitted, *divided, tmp_path)
    assert len(trainings) == 2


def test_a_private_run_keeps_none(fitted, visits, tmp_path, small):
    private = TimeSeriesGAN(**small | {"epsilon": 8.0, "continued": False})
    model = likelihood_model(private, *fitted.divided(visits), tmp_path)
    assert model.config.epsilon == 0
    assert not (tmp_path / FOLDER).exists()
