import numpy as np

from recurra.data.tables.column import MISSING
from recurra.data.tables.feature import Feature


def test_numbers_lie_between_the_least_and_the_most():
    feature = Feature.of_values("v", np.asarray([-5, 0, 15]))
    units = np.arange(-5, 16)
    assert (feature.decode(feature.encode(units)) == units).all()
    assert feature.encode(np.asarray([-5, 15, 99]))[:, 0].tolist() == [0, 1, 1]
    assert feature.decode(np.asarray([[-3.0], [np.nan], [7.0]])).tolist() == [-5, -5, 15]


def test_a_logarithmic_scale_leads_back():
    gaps = np.unique(np.round(np.exp(np.linspace(0, 9, 500))).astype(int))
    feature = Feature("t", "gap", "number", int(gaps.min()), int(gaps.max()), is_log=True)
    assert (feature.decode(feature.encode(gaps)) == gaps).all()


def test_categories_are_one_hot_the_most_frequent_first():
    feature = Feature.of_categories("c", np.asarray([3, 7, 7, MISSING]))
    assert feature.values[0] == 7
    assert feature.encode(np.asarray([7]))[0].tolist() == [1, 0, 0]
    units = np.asarray([3, 7, MISSING])
    assert (feature.decode(feature.encode(units)) == units).all()


def test_a_mark_says_what_is_missing():
    feature = Feature("v", "missing", "mark")
    assert feature.encode(np.asarray([MISSING, 3]))[:, 0].tolist() == [1, 0]
    assert feature.decode(np.asarray([[0.9], [0.2]])).tolist() == [1, 0]
