import numpy as np
import pytest

from recurra.metrics.series import (
    autocorrelations,
    correlations,
    marginal_distances,
    membership_auc,
    nearest_distances,
    ranking_share,
    sliced_distance,
)

RANDOM = np.random.default_rng(0)
REAL = RANDOM.normal(size=(200, 6, 2)).cumsum(1)


def test_the_sliced_distance_sees_levels_and_order():
    same = np.random.default_rng(1).normal(size=(200, 6, 2)).cumsum(1)
    assert sliced_distance(REAL, REAL) == 0
    near = sliced_distance(REAL, same)
    assert sliced_distance(REAL, same + 1) > 2 * near
    assert sliced_distance(REAL, same[:, RANDOM.permutation(6)]) > 1.5 * near
    assert sliced_distance(REAL[:, :1], same[:, :1]) < 0.5  # a single row has no changes


def test_marginal_distances_are_those_of_kolmogorov_and_smirnov():
    first, second = np.asarray([[0.0], [1], [2], [3]]), np.asarray([[2.0], [3], [4], [5]])
    assert marginal_distances(first, second).tolist() == [0.5]
    assert marginal_distances(first, first + 10).tolist() == [1.0]


def test_correlations_are_numpys():
    rows = RANDOM.normal(size=(50, 3))
    np.testing.assert_allclose(correlations(rows), np.corrcoef(rows.T))
    rows[:, 1] = 4
    assert correlations(rows)[1].tolist() == [0, 0, 0]


def test_autocorrelations_of_a_wave_come_back():
    wave = np.sin(np.arange(400) * np.pi / 2)[None, :, None]
    np.testing.assert_allclose(autocorrelations(wave, 4)[:, 0], [0, -1, 0, 1], atol=0.02)


def test_the_nearest_window_is_found():
    other = np.concatenate([REAL + 100, REAL[3:4] + 0.5])
    distances = nearest_distances(REAL[:5], other)
    assert distances[3] == pytest.approx(0.5)
    assert nearest_distances(REAL, REAL).max() < 1e-6
    assert nearest_distances(REAL, REAL, excludes_self=True).min() > 0.01


def test_an_attack_finds_copies_and_nothing_where_there_are_none():
    others = RANDOM.normal(size=(200, 6, 2)).cumsum(1)
    assert membership_auc(REAL, others, REAL + 0.001) > 0.99
    assert 0.4 < membership_auc(REAL, others, RANDOM.normal(size=(200, 6, 2)).cumsum(1)) < 0.6
    assert ranking_share(np.asarray([1.0, 2.0]), np.asarray([1.0, 0.0])) == 7 / 8
