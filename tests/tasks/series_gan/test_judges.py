"""Judges find out what is false, and do not find fault with what is real."""

import numpy as np
import pytest
import torch

from recurra.tasks.series_gan import judges
from recurra.tasks.series_gan.judges import Judge, discriminative_score, predictive_score, strong_discriminative_score
from recurra.tasks.series_gan.windows import Windows


def walks(count, seed, shift=0.0, lengths=False):
    """Series of six features between 0 and 1: one walks, the others follow it some steps behind."""
    generator = np.random.default_rng(seed)
    walk = np.clip(0.5 + shift + np.cumsum(generator.normal(0, 0.1, (count, 17)), 1), 0, 1)
    series = np.stack([walk[:, 5 - lag : 17 - lag] for lag in (1, 2, 3, 4, 5, 0)], -1)  # (N, 12, 6)
    ends = generator.integers(4, 13, count) if lengths else np.full(count, 12)
    return Windows.of([part[:end] for part, end in zip(series, ends, strict=True)])


@pytest.mark.parametrize(("score", "iterations"), [(discriminative_score, 500), (strong_discriminative_score, 100)])
@pytest.mark.parametrize("lengths", [False, True])
def test_what_is_real_cannot_be_told_from_real_and_what_is_shifted_can(score, iterations, lengths):
    real, other = walks(200, 0, lengths=lengths), walks(200, 1, lengths=lengths)
    assert score(real, other, 0, iterations) < 0.2
    assert score(real, walks(200, 2, shift=0.4, lengths=lengths), 0, iterations) > 0.22


def test_a_judge_that_learns_from_what_is_real_predicts_better_than_from_noise():
    real = walks(200, 0)
    noise = Windows.of(np.random.default_rng(3).uniform(size=(200, 12, 6)))
    assert predictive_score(real, walks(200, 1), 0, 400) < 0.9 * predictive_score(real, noise, 0, 400)
    lengths = walks(200, 0, lengths=True)
    assert predictive_score(lengths, lengths, 0, iterations=20) < 0.5


def test_the_same_seed_gives_the_same_score_and_disturbs_no_other_random_number():
    real, other = walks(100, 0), walks(100, 1)
    torch.manual_seed(3)
    first = discriminative_score(real, other, seed=5, iterations=30)
    after = torch.rand(1)
    torch.manual_seed(3)
    assert discriminative_score(real, other, seed=5, iterations=30) == first
    assert torch.equal(torch.rand(1), after)


def test_the_protocol_is_that_of_timegan(monkeypatch):
    """Units, iterations, batches, the share that is learnt from, and what is read and predicted."""
    sizes, steps = [], []

    class Counted(Judge):
        def __init__(self, features, units, gate_bias=0.0):
            super().__init__(features, units, gate_bias)
            sizes.append((features, units, float(self.recurrence.bias_ih_l0[0].detach())))

        def forward(self, x, lengths):
            steps.append(tuple(x.shape))
            return super().forward(x, lengths)

    monkeypatch.setattr(judges, "Judge", Counted)
    monkeypatch.setattr(judges, "_steps", lambda judge, loss, optimizer, count: (loss(), steps.append(count)))
    real = Windows.of(np.random.default_rng(0).uniform(size=(1000, 24, 6)))
    discriminative_score(real, real, seed=0)
    assert sizes.pop() == (6, 3, 0.0)
    assert steps == [(128, 24, 6), (128, 24, 6), 2000, (200, 24, 6), (200, 24, 6)]
    steps.clear()
    predictive_score(real, real, seed=0)
    assert sizes.pop() == (5, 3, 1.0)
    assert steps == [(128, 23, 5), 5000, (1000, 23, 5)]


def test_series_of_one_feature_are_judged_by_themselves():
    real = walks(200, 0)
    single = Windows(np.ascontiguousarray(real.steps[:, :, :1]), real.lengths)
    assert predictive_score(single, single, 0, iterations=50) < 0.5
    assert 0 <= discriminative_score(single, single, 0, iterations=20) <= 0.5
