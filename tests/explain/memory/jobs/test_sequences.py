"""How far back a classifier or a regressor looks."""

import numpy as np
import pytest

from recurra import SequenceClassifier
from recurra.explain import memory

FEW = {"hidden_size": 16, "threads": 1, "warmup_steps": 0, "learning_rate": 0.02, "batch_size": 20}


def test_the_full_loss_is_that_of_an_evaluation(classifier, regressor, text_classifier, series):
    X = series[0]
    assert memory(classifier, series).curve.full == pytest.approx(classifier.evaluate(series)["nats"], rel=1e-4)
    numbers = 100 + 10 * X[:, 4, 1]
    made = memory(regressor, (X, numbers))
    expected = regressor.evaluate((X, numbers))["rmse"] ** 2 / regressor.answers_.scale[0] ** 2
    assert made.curve.full == pytest.approx(expected, rel=1e-3)
    texts = (["a good day", "what bad luck"] * 20, ["pos", "neg"] * 20)
    assert memory(text_classifier, texts).probe.is_symbols
    assert memory(text_classifier, texts).step == "word"


def test_windows_are_the_last_steps(classifier, series):
    X, y = series
    made = memory(classifier, series)
    losses = dict(zip(made.curve.steps, made.curve.losses, strict=True))
    assert losses[2] == pytest.approx(classifier.evaluate((X[:, -2:], y))["nats"], rel=1e-4)


def test_an_answer_at_every_step_needs_as_far_back_as_it_asks(series):
    X = series[0]
    y = [["pos" if number > 0 else "neg" for number in np.r_[0, 0, x[:-2, 0]]] for x in X]
    task = SequenceClassifier(per_step=True, **FEW, epochs=15).fit(list(X), y, progress=False)
    made = memory(task, (list(X), y))
    losses = dict(zip(made.curve.steps, made.curve.losses, strict=True))
    assert losses[2] > 5 * losses[4]  # the answer is about two steps ago


def test_sequences_of_unequal_length_in_two_directions(series):
    X = [x[: 3 + i % 4] for i, x in enumerate(series[0][:60])]
    y = ["up" if x[-1, 0] > 0 else "down" for x in X]
    task = SequenceClassifier(bidirectional=True, **FEW, epochs=2).fit(X, y, progress=False)
    made = memory(task, (X, y))
    assert made.curve.full == pytest.approx(task.evaluate((X, y))["nats"], rel=1e-4)
