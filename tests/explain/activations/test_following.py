"""Scores of units, held to slow definitions and to units made by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from recurra.explain.activations.following import areas, correlations, followers, ranks_of

RNG = np.random.default_rng(0)


@pytest.fixture
def units():
    return np.round(RNG.normal(size=(200, 5)), 1)  # with ties


def test_scores_are_those_of_scikit_learn_and_scipy(units):
    flags, numbers = RNG.random(200) < 0.3, np.round(RNG.normal(size=200), 1)
    np.testing.assert_allclose(ranks_of(units), stats.rankdata(units, axis=0))
    expected = [roc_auc_score(flags, unit) for unit in units.T]
    np.testing.assert_allclose(areas(units, flags), expected)
    expected = [stats.spearmanr(unit, numbers).statistic for unit in units.T]
    np.testing.assert_allclose(correlations(units, numbers), expected)


def test_a_unit_that_never_changes_has_no_correlation():
    assert correlations(np.ones((20, 1)), np.arange(20.0)).tolist() == [0]


def test_units_made_to_follow_are_found(units):
    flags, numbers = RNG.random(200) < 0.3, RNG.normal(size=200)
    units[:, 1] = np.where(flags, 5, -5) + RNG.normal(size=200)
    units[:, 3] = -np.exp(numbers)
    first, second = followers(units, {"flag": flags, "number": numbers})
    assert {first.follows: first.unit, second.follows: second.unit} == {"flag": 1, "number": 3}
    assert sorted([first.score, second.score]) == pytest.approx([-1, 1])
    assert [first.strength, second.strength] == pytest.approx([1, 1])


def test_the_best_of_many_by_chance_is_not_believed():
    units = RNG.normal(size=(60, 2000))
    (follower,) = followers(units, {"noise": RNG.random(60) < 0.5})
    assert follower.strength < 0.6  # on the half that it was chosen on some unit has an AUC above 0.9


def test_what_hardly_comes_or_never_changes_is_left_out(units):
    rare = np.zeros(200, bool)
    rare[:5] = True
    constant = np.full(200, 3.0)
    assert followers(units, {"rare": rare, "constant": constant, "nowhere": np.full(200, np.nan)}) == []


def test_flags_as_numbers_are_flags_and_nan_does_not_apply(units):
    values = np.where(np.arange(200) % 2 == 0, (units[:, 2] > 0).astype(float), np.nan)
    (follower,) = followers(units, {"sign": values})
    assert not follower.is_number
    assert follower.unit == 2
