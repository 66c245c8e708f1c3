"""The stronger judge finds what is false, and stops when it learns no more."""

import pytest
import torch

from recurra.tasks.series_gan import strong_judge
from recurra.tasks.series_gan.strong_judge import StrongJudge, strong_discriminative_scores


@pytest.mark.parametrize("lengths", [False, True])
def test_what_is_real_cannot_be_told_from_real_and_what_is_shifted_can(walks, lengths):
    real, other = walks(200, 0, lengths=lengths), walks(200, 1, lengths=lengths)
    assert strong_discriminative_scores(real, other, [0], 100)[0] < 0.2
    assert strong_discriminative_scores(real, walks(200, 2, shift=0.4, lengths=lengths), [0], 100)[0] > 0.22


def test_it_reads_no_padding(walks):
    judge, windows = StrongJudge(6), walks(20, 0, lengths=True)
    x, lengths = windows.tensors()
    spoilt = x.clone()
    for row, length in zip(spoilt, lengths, strict=True):
        row[length:] = 9.0
    torch.testing.assert_close(judge(spoilt, lengths), judge(x, lengths))


def test_it_learns_no_more_when_it_does_not_become_better(walks, monkeypatch):
    calls = []
    monkeypatch.setattr(strong_judge, "_CHECK_EVERY", 2)
    monkeypatch.setattr(strong_judge, "_accuracy", lambda *_: calls.append(1) or 0.5)
    strong_discriminative_scores(walks(50, 0), walks(50, 1), [0], iterations=100)
    assert len(calls) == 1 + strong_judge._PATIENCE + 1  # the best, those that are no better, and the score


def test_a_score_disturbs_no_random_number(walks):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    strong_discriminative_scores(walks(50, 0), walks(50, 1), [0], iterations=1)
    assert torch.equal(torch.rand(1), expected)
