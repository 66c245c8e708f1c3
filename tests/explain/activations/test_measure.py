"""`recurra.explain.activations`: what it takes, and what it refuses."""

import json

import pytest

import recurra
from recurra.explain import activations

PAIRS = [("ein hund 1", "a dog 1"), ("der hund 2", "the dog 2")] * 10
SENTENCES = [["Anna", "sees", "Rome"], ["Bob", "likes", "Paris", "now"]] * 10
LABELS = [["B-PER", "O", "B-LOC"], ["B-PER", "O", "B-LOC", "O"]] * 10


@pytest.mark.parametrize(
    "job", ["language_model", "classifier", "regressor", "text_classifier", "tagger", "translator"]
)
def test_every_job_has_numbers_and_pictures(job, request, series, text_file):
    data = {
        "language_model": text_file,
        "classifier": series,
        "regressor": (series[0], series[0][:, 4, 1]),
        "text_classifier": (["a good day", "what bad luck"] * 20, ["pos", "neg"] * 20),
        "tagger": (SENTENCES, LABELS),
        "translator": PAIRS,
    }[job]
    task = request.getfixturevalue(job)
    made = activations(task, data)
    numbers = made.numbers()
    assert json.dumps(numbers, allow_nan=False)
    assert numbers["followers"]
    assert numbers["shares"]
    assert str(made).splitlines()[0] == made.verdict
    for name, picture in made.figures().items():
        assert name in ("by_unit", "units", "gates")
        assert picture.chart.to_dict()


def test_a_run_is_opened_by_its_folder(classifier, series, tmp_path):
    classifier.save(tmp_path / "run")
    assert activations(tmp_path / "run", series).numbers() == activations(classifier, series).numbers()


def test_what_is_unknown_is_refused(classifier, series):
    with pytest.raises(TypeError, match="model: expected a module, a task or the folder of a run, got list"):
        activations([], series)
    with pytest.raises(ValueError, match="properties: expected None beside a task"):
        activations(classifier, series, properties={"a": 1})
    with pytest.raises(recurra.DataError, match="expected a fitted model"):
        activations(recurra.SequenceClassifier(), series)
