"""Methods run on the outputs of a sequence, some at a time."""

import pytest
import torch

from recurra.explain.attribution import subject as subjects
from recurra.explain.attribution.subject import Settings, Subject, explained

WEIGHTS = torch.tensor([[1.0, 2.0, -3.0], [0.0, 4.0, 0.0]])  # (R, S)
VECTORS = torch.tensor([[1.0, 1.0], [2.0, 0.0], [1.0, 0.0]])  # (S, I)


def score(vectors, rows):
    return (vectors.sum(-1) * WEIGHTS[rows]).sum(-1)


@pytest.mark.parametrize("at_once", [1, 4, 1 << 14])
@pytest.mark.parametrize("method", ["integrated-gradients", "gradient-times-input", "erasure"])
def test_each_output_has_its_row(monkeypatch, at_once, method):
    monkeypatch.setattr(subjects, "STEPS_AT_ONCE", at_once)
    subject = Subject(["a", "b", "c"], ["p", "q"], VECTORS, torch.zeros_like(VECTORS), score, has_features=True)
    made = explained(subject, Settings(method))
    assert made.matrix.tolist() == [pytest.approx([2, 4, -3]), pytest.approx([0, 8, 0])]
    assert made.scores.tolist() == [3, 8]
    assert made.baseline_scores.tolist() == [0, 0]
    assert made.values.shape == (2, 3, 2)
    assert made.steps_of_half.tolist() == [2, 1]
