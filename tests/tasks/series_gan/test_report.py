"""The report of a small run: all that is measured, as a page and as JSON, and the sentence that it ends in."""

import json

import pytest

from recurra import TimeSeriesGAN
from recurra.tasks.series_gan.evaluation import Judged, Judges
from recurra.tasks.series_gan.report import LIKELIHOOD, MADE, Measured, measure
from recurra.tasks.series_gan.report_page import page_of, summary_of

FEW = {"discriminative": 3, "predictive": 3, "strong discriminative": 3}


@pytest.fixture(scope="module")
def measured(visits, small):
    fitted = TimeSeriesGAN(**small | {"valid_fraction": 0.3, "canaries": 4}).fit(visits, progress=False)
    return measure(fitted, *fitted.divided(visits), Judges((0, 1), FEW))


def test_all_is_measured_with_intervals(measured):
    numbers = json.loads(json.dumps(measured.numbers()))
    assert set(numbers["judges"]) == {"made", "real beside real", "likelihood model"}
    assert set(numbers["judges"]["made"]["discriminative"]) == {"mean", "low", "high", "count"}
    assert set(numbers["predictive on held-out windows"]) == set(numbers["judges"])
    assert numbers["rules"]["violations"] == 0
    assert numbers["rules"]["rows"] > 20
    assert 0 <= numbers["copying"]["copies"] <= 1
    assert set(numbers["canaries"]) == {"made", "likelihood model"}
    assert numbers["canaries"]["made"]["planted"] == len(numbers["canaries"]["made"]["exposure_bits"]) == 4
    assert set(numbers["likeness"]["made"]) >= {"marginal distance", "autocorrelation difference"}


def test_what_is_printed_is_a_dozen_lines_at_most(measured):
    summary = summary_of(measured)
    assert list(summary.columns) == ["", "made", "likelihood model", "real beside real"]
    assert 8 < len(summary.rows) <= 11
    assert summary.rows[-2][:2] == ["canaries given away", f"{measured.exposures[MADE].given_away} of 4"]
    assert {len(row) for row in summary.rows} == {4}
    assert max(sum(map(len, row)) for row in summary.rows) < 100


def test_the_page_is_small_and_ends_in_the_conclusion(measured):
    page = page_of(measured)
    assert len(page.encode()) < 1_500_000
    text = page[: page.index("<script")]
    assert text.rstrip().removesuffix("</main>").rstrip().endswith("</p>")
    assert "likelihood model of the same data" in text[text.rindex("Conclusion") :]
    assert "PCA" in page
    assert "t-SNE" in page


def conclusion(made, baseline):
    scores = {MADE: made, LIKELIHOOD: baseline}
    judged = {name: Judged({"discriminative": of_seeds}) for name, of_seeds in scores.items()}
    return Measured("rtsgan", judged).conclusion()


def test_the_conclusion_is_what_the_interval_says():
    assert "beats the likelihood model" in conclusion([0.1, 0.11, 0.1], [0.3, 0.3, 0.31])
    assert "it is worse" in conclusion([0.3, 0.3, 0.31], [0.1, 0.11, 0.1])
    assert "beyond chance" in conclusion([0.1, 0.3, 0.2], [0.2, 0.2, 0.2])


def test_a_likelihood_model_is_compared_with_none(visits, small):
    fitted = TimeSeriesGAN(**small | {"method": "likelihood", "valid_fraction": 0.0}).fit(visits, progress=False)
    measured = measure(fitted, *fitted.divided(visits), Judges((0,), FEW))
    assert "no adversarial part" in measured.conclusion()
    assert measured.copying is None
    assert "nothing was held out" in page_of(measured)
    assert "No canaries were planted" in page_of(measured)
