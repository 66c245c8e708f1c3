"""The quality report of sdmetrics is handed what it needs, and its scores are shown beside ours."""

import sys
from types import ModuleType

import pandas as pd
import pytest

from recurra import TimeSeriesGAN
from recurra.tasks.series_gan import quality
from recurra.tasks.series_gan.evaluation import Judges
from recurra.tasks.series_gan.report import measure
from recurra.tasks.series_gan.report_page import page_of, summary_of


class QualityReport:
    """As sdmetrics has it, but for its scores."""

    def generate(self, real, made, metadata, verbose):
        columns = metadata["tables"]["table"]["columns"]
        assert list(real["table"]) == list(made["table"]) == list(columns)
        self.kinds = {name: column["sdtype"] for name, column in columns.items()}

    def get_score(self):
        return 0.75 if self.kinds["shop"] == "categorical" and self.kinds["price"] == "numerical" else 0.0

    def get_properties(self):
        names = ["Column Shapes", "Column Pair Trends", "Cardinality"]
        return pd.DataFrame({"Property": names, "Score": [0.5, 1.0, float("nan")]})


@pytest.fixture
def installed(monkeypatch):
    reports = ModuleType("sdmetrics.reports")
    reports.QualityReport = QualityReport
    monkeypatch.setitem(sys.modules, "sdmetrics", ModuleType("sdmetrics"))
    monkeypatch.setitem(sys.modules, "sdmetrics.reports", reports)
    monkeypatch.setattr(quality, "is_installed", lambda: True)


@pytest.fixture(scope="module")
def fitted(visits, small):
    return TimeSeriesGAN(**small | {"method": "likelihood", "epochs": 1}).fit(visits, progress=False)


def test_columns_of_values_are_compared_and_scores_named(fitted, visits, installed):
    train, _ = fitted.divided(visits)
    scores = quality.quality_scores(train, fitted.sample(4, seed=1))
    assert scores == {"overall": 0.75, "column shapes": 0.5, "column pair trends": 1.0}


def test_a_report_shows_them_and_else_says_how_to_have_them(fitted, visits, installed, monkeypatch):
    judges = Judges((0,), {"discriminative": 1, "predictive": 1, "strong discriminative": 1})
    measured = measure(fitted, *fitted.divided(visits), judges)
    assert measured.numbers()["sdmetrics quality"]["made"]["overall"] == 0.75
    assert ["sdmetrics quality", "0.7500", ""] in summary_of(measured).rows
    assert "sdmetrics quality, column pair trends" in page_of(measured)
    monkeypatch.setattr(quality, "is_installed", lambda: False)
    train, _ = fitted.divided(visits)
    assert quality.quality_scores(train, train) == {}


def test_a_table_is_as_good_as_itself(fitted, visits):
    pytest.importorskip("sdmetrics")
    train, _ = fitted.divided(visits)
    assert set(quality.quality_scores(train, train).values()) == {1.0}
