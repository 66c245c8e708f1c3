"""Judges find out what is false, and do not find fault with what is real."""

import numpy as np
import pytest
import torch

from recurra.tasks.series_gan import judges
from recurra.tasks.series_gan.judge_group import JudgeGroup, keras_start, tensorflow1_start
from recurra.tasks.series_gan.judges import discriminative_scores, predictive_scores
from recurra.tasks.series_gan.windows import Windows


@pytest.mark.parametrize("lengths", [False, True])
def test_what_is_real_cannot_be_told_from_real_and_what_is_shifted_can(walks, lengths):
    real, other = walks(200, 0, lengths=lengths), walks(200, 1, lengths=lengths)
    assert max(discriminative_scores(real, other, [0, 1], 500)) < 0.2
    assert min(discriminative_scores(real, walks(200, 2, shift=0.4, lengths=lengths), [0, 1], 500)) > 0.22


def test_a_judge_that_learns_from_what_is_real_predicts_better_than_from_noise(walks):
    real = walks(200, 0)
    noise = Windows.of(np.random.default_rng(3).uniform(size=(200, 12, 6)))
    from_real, from_noise = (predictive_scores(source, [real], [0, 1], 400)[0] for source in (walks(200, 1), noise))
    assert max(from_real) < 0.9 * min(from_noise)


def test_each_set_of_series_is_scored_and_padding_counts_for_nothing(walks):
    real = walks(200, 0, lengths=True)
    padded = Windows(np.pad(real.steps, ((0, 0), (0, 3), (0, 0))), real.lengths)
    first, second = predictive_scores(real, [real, padded], [0, 1], iterations=20)
    assert first == pytest.approx(second, abs=1e-6)
    assert max(first) < 0.5


def test_a_series_of_one_step_has_nothing_to_predict(walks):
    real = walks(50, 0)
    single = Windows.joined(real, Windows(real.steps, np.ones(50, np.int64)))
    assert predictive_scores(single, [single], [0], 10) == predictive_scores(real, [real], [0], 10)


def test_the_score_of_a_seed_is_the_same_among_others_and_alone(walks):
    real, other = walks(150, 0, lengths=True), walks(150, 1)
    together = discriminative_scores(real, other, [5, 6, 7], iterations=40)
    assert [discriminative_scores(real, other, [seed], iterations=40)[0] for seed in (5, 6, 7)] == together
    (together,) = predictive_scores(real, [other], [5, 6, 7], iterations=40)
    alone = [predictive_scores(real, [other], [seed], iterations=40)[0][0] for seed in (5, 6, 7)]
    assert alone == pytest.approx(together, abs=1e-5)


def test_a_score_disturbs_no_random_number(walks):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    discriminative_scores(walks(100, 0), walks(100, 1), [5], iterations=2)
    predictive_scores(walks(100, 0), [walks(100, 1)], [5], iterations=2)
    assert torch.equal(torch.rand(1), expected)


def test_the_protocol_is_that_of_timegan(monkeypatch):
    """Units, iterations, batches, the share that is learnt from, and what is read and predicted."""
    sizes, steps = [], []

    class Counted(JudgeGroup):
        def __init__(self, features, units, seeds, start):
            super().__init__(features, units, seeds, start)
            sizes.append((features, units, start))

        def forward(self, x):
            steps.append(tuple(x.shape))
            return super().forward(x)

    monkeypatch.setattr(judges, "JudgeGroup", Counted)
    monkeypatch.setattr(judges, "_learn", lambda judges, loss, count: (loss(), steps.append(count)))
    real = Windows.of(np.random.default_rng(0).uniform(size=(1000, 24, 6)))
    discriminative_scores(real, real, seeds=[0])
    assert sizes.pop() == (6, 3, keras_start)
    assert steps == [(256, 24, 1, 6), 2000, (200, 24, 1, 6), (200, 24, 1, 6)]  # 128 real and 128 made windows
    steps.clear()
    predictive_scores(real, [real], seeds=[0])
    assert sizes.pop() == (5, 3, tensorflow1_start)
    assert steps == [(128, 23, 1, 5), 5000, (1000, 23, 1, 5)]


def test_series_of_one_feature_are_judged_by_themselves(walks):
    real = walks(200, 0)
    single = Windows(np.ascontiguousarray(real.steps[:, :, :1]), real.lengths)
    assert predictive_scores(single, [single], [0], iterations=50)[0][0] < 0.5
    assert 0 <= discriminative_scores(single, single, [0], iterations=20)[0] <= 0.5
