"""What of sequences units are compared with."""

import numpy as np

from recurra import SequenceClassifier
from recurra.explain.activations.jobs.sequences import subject_of

FEW = {"hidden_size": 4, "threads": 1, "warmup_steps": 0, "epochs": 1}


def test_features_places_and_the_answer_at_the_end(classifier, regressor, series):
    X, y = series
    subject = subject_of(classifier, series, None, 60)
    assert set(subject.properties) == {"place in the sequence", "class up", "feature 0", "feature 1"}
    assert len(subject.series) == 10  # of six steps each
    row = next(i for i in range(len(X)) if np.array_equal(X[i], subject.series[0]))
    of_class = subject.properties["class up"][0]
    assert np.isnan(of_class[:-1]).all()
    assert of_class[-1] == (y[row] == "up")
    numbers = subject_of(regressor, (X, X[:, 4, 1]), None, 60).properties["the number"]
    assert np.isfinite([part[-1] for part in numbers]).all()


def test_an_answer_at_every_step_and_several_labels(series):
    X = list(series[0][:40])
    steps = [["a" if number > 0 else "b" for number in x[:, 0]] for x in X]
    task = SequenceClassifier(per_step=True, **FEW).fit(X, steps, progress=False)
    subject = subject_of(task, (X, steps), None, 6000)
    assert np.isfinite(np.concatenate(subject.properties["class b"])).all()
    several = [["x"] if x[0, 0] > 0 else ["x", "y"] if x[1, 0] > 0 else [] for x in X]
    task = SequenceClassifier(**FEW).fit(X, several, progress=False)
    assert {"class x", "class y"} <= set(subject_of(task, (X, several), None, 6000).properties)


def test_texts_have_the_properties_of_texts(text_classifier):
    subject = subject_of(text_classifier, (["a good day", "what bad luck"] * 20, ["pos", "neg"] * 20), None, 6000)
    assert sorted({tuple(words) for words in subject.symbols}) == [("a", "good", "day"), ("what", "bad", "luck")]
    assert "capital letter" in subject.properties
    assert not subject.series


def test_one_sequence_is_read_however_long(classifier, series):
    assert len(subject_of(classifier, series, None, 1).series) == 1
