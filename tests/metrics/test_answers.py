import numpy as np
import pytest
from sklearn.metrics import f1_score

from recurra.data.sequences.answers import Answers
from recurra.metrics import answers as scores


def test_several_labels_are_shown_with_their_f1_while_they_are_learnt():
    draw = np.random.default_rng(0)
    y = (draw.random((40, 3)) < 0.3).astype(np.float32)
    given = draw.normal(size=(40, 3)) + 2 * y - 1
    shown = scores.short(Answers("labels", ["a", "b", "c"]), given, y)
    assert shown["valid_f1"] == pytest.approx(f1_score(y, given > 0, average="micro"))
    assert shown["valid_accuracy"] == pytest.approx(((given > 0) == y).all(-1).mean())


def test_no_label_at_all_is_no_division_by_zero():
    nothing = np.zeros((4, 2), np.float32)
    assert scores.short(Answers("labels", ["a", "b"]), nothing - 1, nothing)["valid_f1"] == 0.0
