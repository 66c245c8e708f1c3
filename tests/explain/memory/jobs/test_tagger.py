"""How far back a tagger looks."""

import numpy as np
import pytest

from recurra import Tagger
from recurra.explain import memory

SIZES = {"word_embedding_size": 8, "character_embedding_size": 4, "affix_embedding_size": 4}
SETTINGS = {"hidden_size": 12, "threads": 1, "warmup_steps": 0, "learning_rate": 0.02, **SIZES}


def sentences(count=60):
    """A word is labelled by the one two words before it."""
    rng = np.random.default_rng(0)
    words = [list(rng.choice(["a", "b"], size=6)) for _ in range(count)]
    labels = [["A" if t >= 2 and s[t - 2] == "a" else "B" for t in range(6)] for s in words]
    return words, labels


@pytest.mark.parametrize("crf", [True, False])
def test_a_label_that_depends_on_two_words_ago(crf):
    X, y = sentences()
    task = Tagger(crf=crf, **SETTINGS, epochs=25, dropout=0.0, token_dropout=0.0).fit(X, y, progress=False)
    made = memory(task, (X, y))
    losses = dict(zip(made.curve.steps, made.curve.losses, strict=True))
    assert losses[2] > 2 * losses[4]
    assert losses[4] < 1.2 * made.curve.full
    assert made.unit == "nats a word"
    assert made.probe.is_symbols
    believed = []
    for described, labels in zip(task.describe(X), y, strict=True):
        for label, probability, right in zip(described["labels"], described["probabilities"], labels, strict=True):
            believed.append(probability if label == right else 1 - probability)  # there are two labels
    assert made.curve.full == pytest.approx(-np.log(believed).mean(), rel=1e-3)


def test_a_window_that_begins_within_a_span_rules_no_label_out():
    """The second label of a span may not begin a sentence."""
    X, y = [["Anna", "Bob", "now"]] * 12, [["B-PER", "I-PER", "O"]] * 12
    task = Tagger(**SETTINGS, epochs=10).fit(X, y, progress=False)
    assert max(memory(task, (X, y)).curve.losses) < 3
