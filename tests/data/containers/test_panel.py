import numpy as np
import pandas as pd
import pytest

from recurra import DataError, SequenceClassifier
from recurra.data.containers.panel import is_panel, sequences_of

X = np.random.default_rng(0).normal(size=(60, 4, 2))
Y = np.where(X[:, -1, 0] > 0, "up", "down")
INDEX = pd.MultiIndex.from_product([range(60)[::-1], range(4)])
FRAME = pd.DataFrame(X.reshape(-1, 2), columns=["p", "q"], index=INDEX)


def test_sequences_come_in_the_order_of_the_rows():
    assert is_panel(FRAME)
    assert not any(map(is_panel, (FRAME.reset_index(drop=True), FRAME.p, X, None)))
    assert len(sequences_of(FRAME)) == 60
    np.testing.assert_array_equal([part.to_numpy() for part in sequences_of(FRAME)], X)


def test_every_verb_takes_them_and_finds_columns_by_name():
    settings = {"hidden_size": 8, "epochs": 15, "batch_size": 8, "threads": 1, "learning_rate": 0.03, "warmup_steps": 0}
    classifier = SequenceClassifier(**settings).fit(FRAME, Y, valid=(FRAME[["q", "p"]], Y))
    frames = [pd.DataFrame(x, columns=["p", "q"]) for x in X]
    expected = classifier.score(frames, Y)
    assert expected > 0.9
    assert classifier.score(FRAME, Y) == classifier.score(FRAME[["q", "p"]], Y) == expected
    assert classifier.predict(FRAME[["q", "p"]]).tolist() == classifier.predict(frames).tolist()
    with pytest.raises(DataError, match="expected the columns p, q, as in training, got p, r"):
        classifier.predict(FRAME.set_axis(["p", "r"], axis=1))


def test_with_an_answer_a_row_it_is_a_table():
    classifier = SequenceClassifier(hidden_size=4, epochs=1, threads=1).fit(FRAME, np.repeat(Y, 4))
    assert classifier.feature_names_in_.tolist() == ["p", "q"]
    assert len(classifier.predict(FRAME)) == 240
