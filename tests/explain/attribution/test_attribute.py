"""`recurra.explain.attribution`: what it takes, and what it refuses."""

import json

import pytest
import torch

import recurra
from recurra.explain import attribution

X = torch.zeros(1, 3, 2)


def test_a_run_is_opened_by_its_folder(classifier, series, tmp_path):
    classifier.save(tmp_path / "run")
    made = attribution(tmp_path / "run", series[0][:1])
    assert made.numbers() == attribution(classifier, series[0][:1]).numbers()


@pytest.mark.parametrize("method", ["integrated-gradients", "gradient-times-input", "erasure", "connectivity"])
@pytest.mark.parametrize(
    "job", ["language_model", "classifier", "regressor", "text_classifier", "tagger", "translator"]
)
def test_every_method_explains_every_job(job, method, series, request, tmp_path):
    task = request.getfixturevalue(job)
    inputs = {
        "language_model": "to be",
        "text_classifier": ["a good day", "good"],
        "tagger": [["Anna", "likes", "Rome"], ["now"]],
        "translator": "ein hund 2",
    }
    made = attribution(task, inputs.get(job, series[0][:2]), method=method, points=5)
    assert json.dumps(made.numbers(), allow_nan=False)
    assert str(made).splitlines()[0] == made.verdict
    for name, picture in made.figures().items():
        assert name.isidentifier()
        assert picture.chart.to_dict()
        assert picture.sentence.endswith(".")


def test_what_is_unknown_is_refused(classifier, series, tmp_path):
    layer = torch.nn.GRU(2, 3, batch_first=True)
    with pytest.raises(ValueError, match=r"method: expected one of integrated-gradients, .*, got 'magic'"):
        attribution(layer, X, method="magic")
    with pytest.raises(ValueError, match="by: expected one of step, feature, number, got 'word'"):
        attribution(layer, X, by="word")
    with pytest.raises(ValueError, match="points: expected a whole number of at least 1, got 0"):
        attribution(layer, X, points=0)
    with pytest.raises(TypeError, match="model: expected a module, a task or the folder of a run, got list"):
        attribution([], X)
    with pytest.raises(ValueError, match="expected neither of them beside a task"):
        attribution(classifier, series[0][:1], baseline=1.0)
    with pytest.raises(recurra.DataError, match="expected a fitted model"):
        attribution(recurra.SequenceClassifier(), series[0][:1])
    with pytest.raises(recurra.DataError, match="nothing"):
        attribution(tmp_path / "nothing", "a")


def test_a_language_model_explains_all_that_it_writes(language_model):
    with pytest.raises(ValueError, match="target: expected None of a language-model"):
        attribution(language_model, "to be", target="a")


def test_nothing_to_explain_is_refused(language_model, tagger, translator):
    for task in (language_model, tagger, translator):
        with pytest.raises(recurra.DataError, match=r"expected .*, got none"):
            attribution(task, [])
