"""All explanations of a trained network in one report."""

import json

import numpy as np
import pytest

from recurra import DataError, SequenceClassifier, figures
from recurra.explain.explanation import Explanation, Picture
from recurra.explain.report import PARTS, report

EVIL = "</script><script>alert(1)</script>"
X, Y = np.random.default_rng(0).normal(size=(12, 5, 2)).astype(np.float32), ["up", "down"] * 6


class Measured(Explanation):
    title = "Gradients"
    verdict = f"healthy {EVIL}"

    def lines(self):
        return ["half-life 12 steps"]

    def numbers(self):
        return {"half_life": 12.0, "rate": float("nan")}

    def figures(self):
        chart = figures.confusion([[1]], [EVIL], title=EVIL)
        return {"norms": Picture(chart, "The norm falls.")}


def refuse(task, data, *, part):
    raise DataError("expected 100 steps, got 5")


@pytest.fixture(scope="module")
def task():
    return SequenceClassifier(hidden_size=4, epochs=1, threads=1).fit(X, Y)


@pytest.fixture
def made(task, monkeypatch):
    monkeypatch.setitem(PARTS, "gradients", lambda task, data, *, part: Measured())
    monkeypatch.setitem(PARTS, "attribution", refuse)
    return report(task, (X, Y), title="run <1>", parts=["gradients", "attribution"])


def test_a_summary_begins_with_the_verdicts_and_tells_what_was_not_measured(made):
    assert str(made).splitlines() == [
        "run <1> (classifier)",
        f"healthy {EVIL}",
        "attribution: not measured: expected 100 steps, got 5",
    ]


def test_the_numbers_are_json(made):
    numbers = json.loads(json.dumps(made.numbers(), allow_nan=False))
    assert numbers["gradients"] == {"verdict": f"healthy {EVIL}", "half_life": 12.0, "rate": None}
    assert numbers["omitted"] == {"attribution": "expected 100 steps, got 5"}


def test_a_page_is_small_whole_and_shows_texts_as_texts(made, tmp_path):
    made.save(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(page) < 1_500_000
    assert EVIL not in page
    for text in ("run &lt;1&gt; (classifier)", "half-life 12 steps", "The norm falls.", "not measured"):
        assert text in page
    with pytest.raises(DataError, match=r"report\.html: expected a file that can be written"):
        made.save(tmp_path / "none" / "report.html")


def test_every_figure_is_written_under_the_name_of_its_part(made, tmp_path):
    made.save_figures(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["gradients-norms.png", "gradients-norms.svg"]


def test_what_cannot_be_explained_is_an_error(task, monkeypatch):
    monkeypatch.setitem(PARTS, "gradients", refuse)
    with pytest.raises(DataError, match="parts: expected some of gradients, "):
        report(task, (X, Y), parts=["weights"])
    with pytest.raises(DataError, match="data: expected data"):
        report(task)
    with pytest.raises(DataError, match="A trained network: expected 100 steps, got 5"):
        report(task, (X, Y), parts=["gradients"])


def test_a_run_that_makes_samples_is_refused_in_words(series_run):
    with pytest.raises(DataError, match="visits: expected a run that answers, got a series-gan"):
        report(series_run)
