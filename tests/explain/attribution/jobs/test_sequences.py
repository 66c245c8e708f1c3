"""Which steps decided a classifier's or a regressor's answer."""

import numpy as np
import pytest

from recurra import DataError, SequenceClassifier
from recurra.explain import attribution


@pytest.mark.parametrize("method", ["integrated-gradients", "erasure"])
def test_the_number_that_makes_the_class_counts_most(classifier, series, method):
    made = attribution(classifier, series[0][:20], method=method, by="number")
    strongest = [np.unravel_index(np.abs(s.values[0]).argmax(), (6, 2)) for s in made.sequences]
    assert sum(place == (4, 1) for place in strongest) >= 16
    assert [s.outputs[0] for s in made.sequences] == list(classifier.predict(series[0][:20]))


def test_scores_are_log_odds_of_the_label(classifier, series):
    probabilities = classifier.predict_proba(series[0][:3])
    for label, column in (("down", 0), ("up", 1)):
        made = attribution(classifier, series[0][:3], target=label)
        odds = np.log(probabilities[:, column] / probabilities[:, 1 - column])
        assert [s.scores[0] for s in made.sequences] == pytest.approx(odds, rel=1e-4)
        assert made.largest_gap() < 0.01


def test_a_regressor_is_explained_in_its_own_unit(regressor, series):
    made = attribution(regressor, series[0][:2])
    assert [s.scores[0] for s in made.sequences] == pytest.approx(regressor.predict(series[0][:2]), rel=1e-4)
    assert made.sequences[0].outputs == ["the number"]


def test_the_word_that_decides_is_found(text_classifier):
    sequence = attribution(text_classifier, ["what a good day"]).sequences[0]
    assert sequence.inputs == ["what", "a", "good", "day"]
    assert sequence.strongest(0)[0] == 2
    assert sequence.values is None


def test_missing_numbers_count_nothing(series):
    X = series[0].copy()
    X[::2, 1, 0] = np.nan
    task = SequenceClassifier(hidden_size=4, threads=1, epochs=1).fit(X, series[1], progress=False)
    sequence = attribution(task, X[:1]).sequences[0]
    assert sequence.values[0, 1, 0] == 0
    assert np.isfinite(sequence.matrix).all()


def test_an_answer_at_every_step_is_explained_at_every_step(series):
    X = series[0][:40]
    y = [["pos" if number > 0 else "neg" for number in x[:, 0]] for x in X]
    settings = {"hidden_size": 12, "threads": 1, "epochs": 40, "learning_rate": 0.02, "warmup_steps": 0}
    task = SequenceClassifier(per_step=True, **settings).fit(X, y, progress=False)
    sequence = attribution(task, X[:1]).sequences[0]
    assert sequence.matrix.shape == (6, 6)
    assert (np.abs(sequence.matrix).argmax(1) == np.arange(6)).mean() > 0.6  # each answer is about its own step


def test_a_label_that_was_not_learnt_is_refused(classifier, series):
    with pytest.raises(DataError, match=r"target: expected one of \['down', 'up'\], got 'left'"):
        attribution(classifier, series[0][:1], target="left")
