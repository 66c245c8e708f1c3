"""The report of a small run: all that is measured, as a page and as JSON, and the sentence that it ends in."""

import json

import pytest

from recurra import TimeSeriesGAN
from recurra.tasks.series_gan import report as reports
from recurra.tasks.series_gan.evaluation import Judged
from recurra.tasks.series_gan.report import Measured, measure
from recurra.tasks.series_gan.report_page import page_of

FEW = {"discriminative": 3, "predictive": 3, "strong discriminative": 3}


@pytest.fixture(scope="module")
def measured(visits, small):
    fitted = TimeSeriesGAN(**small | {"valid_fraction": 0.3}).fit(visits, progress=False)
    return measure(fitted, *fitted.divided(visits), seeds=(0, 1), iterations=FEW)


def test_all_is_measured_with_intervals(measured):
    numbers = json.loads(json.dumps(measured.numbers()))
    assert set(numbers["judges"]) == {"made", "real beside real", "likelihood model"}
    assert set(numbers["judges"]["made"]["discriminative"]) == {"mean", "low", "high", "count"}
    assert numbers["rules"]["violations"] == 0
    assert numbers["rules"]["rows"] > 20
    assert numbers["copying"]["canaries_found"] == numbers["copying"]["canaries_planted"] > 0
    assert set(numbers["predictive on held-out windows"]) == {"learnt from made", "learnt from real"}
    assert set(numbers["likeness"]["made"]) >= {"marginal distance", "autocorrelation difference"}


def test_the_page_is_small_and_ends_in_the_conclusion(measured):
    page = page_of(measured)
    assert len(page.encode()) < 1_500_000
    text = page[: page.index("<script")]
    assert text.rstrip().endswith("</p>")
    assert "likelihood model of the same data" in text[text.rindex("Conclusion") :]
    assert "PCA" in page
    assert "t-SNE" in page


def conclusion(made, baseline):
    judged = [Judged({"discriminative": scores}) for scores in (made, baseline)]
    return Measured("rtsgan", judged[0], judged[0], judged[1], {}, {}, {}, None, float("nan"), 0, 0).conclusion()


def test_the_conclusion_is_what_the_interval_says():
    assert "beats the likelihood model" in conclusion([0.1, 0.11, 0.1], [0.3, 0.3, 0.31])
    assert "it is worse" in conclusion([0.3, 0.3, 0.31], [0.1, 0.11, 0.1])
    assert "beyond chance" in conclusion([0.1, 0.3, 0.2], [0.2, 0.2, 0.2])


def test_a_likelihood_model_is_compared_with_none(visits, small, monkeypatch):
    monkeypatch.setattr(reports, "SEEDS", (0,))
    fitted = TimeSeriesGAN(**small | {"method": "likelihood", "valid_fraction": 0.0}).fit(visits, progress=False)
    measured = measure(fitted, *fitted.divided(visits), seeds=(0,), iterations=FEW)
    assert "no adversarial part" in measured.conclusion()
    assert measured.copying is None
    assert "nothing was held out" in page_of(measured)
