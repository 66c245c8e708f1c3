import inspect
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV

import recurra
from recurra import DataError, SequenceClassifier
from recurra.tasks.classification.config import SequenceClassifierConfig

SMALL = {"hidden_size": 4, "epochs": 1, "threads": 1}
X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


def test_random_state_is_the_seed():
    by_seed, by_state = (SequenceClassifier(**SMALL, **{name: 5}).fit(X, Y) for name in ("seed", "random_state"))
    np.testing.assert_array_equal(by_seed.predict_proba(X), by_state.predict_proba(X))
    other = SequenceClassifier(**SMALL, random_state=6).fit(X, Y)
    assert not np.array_equal(other.predict_proba(X), by_state.predict_proba(X))
    assert SequenceClassifier(seed=3).config.seed == 3


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_as_random_state_is_not_moved_on(make):
    classifier = SequenceClassifier(random_state=make(3))
    assert classifier.config.seed == classifier.config.seed == SequenceClassifier(random_state=make(3)).config.seed
    assert classifier.config.seed != SequenceClassifier(random_state=make(4)).config.seed


def test_a_random_state_that_is_none_is_named():
    with pytest.raises(DataError, match="random_state: expected None, a whole number or a generator of NumPy, got 'x'"):
        SequenceClassifier(**SMALL, random_state="x").fit(X, Y)
    with pytest.raises(DataError, match="seed: expected 0 or more, got -1"):
        SequenceClassifier(**SMALL, random_state=-1).fit(X, Y)


def test_an_ensemble_draws_another_seed_for_each():
    bagged = BaggingClassifier(SequenceClassifier(**SMALL), n_estimators=2, random_state=0).fit(X, Y)
    seeds = [estimator.config.seed for estimator in bagged.estimators_]
    assert seeds[0] != seeds[1]


def test_a_search_over_numpys_numbers_ends_in_a_run_that_can_be_saved(tmp_path):
    grid = {"hidden_size": np.arange(2, 4), "dropout": np.linspace(0, 0.2, 2), "bidirectional": np.array([True])}
    best = GridSearchCV(SequenceClassifier(**SMALL), grid, cv=2).fit(X, Y).best_estimator_
    best.save(tmp_path / "run")
    loaded = recurra.load(tmp_path / "run")
    assert loaded.config == best.config
    assert clone(best).hidden_size is best.hidden_size
    assert "hidden_size=" in repr(best)


def test_a_name_of_another_library_is_translated():
    for name, meant in {"lr": "learning_rate", "max_iter": "epochs", "hiden_size": "hidden_size"}.items():
        with pytest.raises(DataError, match=f"settings: expected some of .*, got '{name}'; {meant} may be meant"):
            SequenceClassifier(**{name: 1})
    with pytest.raises(DataError, match="got 'random_state'; seed may be meant"):
        recurra.Tagger(random_state=1)


class Named(SequenceClassifier):
    """An estimator with a constructor of its own."""

    def __init__(self, nickname="none", **settings):
        super().__init__(**settings)
        self.nickname = nickname


class Deeper(Named):
    """One that inherits such a constructor, without any of its own."""


def test_a_constructor_of_a_subclass_is_kept():
    named = Named("Ann", **SMALL)
    assert (named.nickname, named.hidden_size, named.config.epochs) == ("Ann", 4, 1)
    assert named.get_params() == SequenceClassifier(**SMALL).get_params()
    assert named.fit(X, Y).predict(X).shape == (20,)
    assert clone(named).hidden_size == 4
    with pytest.raises(DataError, match="settings: expected some of"):
        Named("Ann", hiden_size=3)


def test_a_subclass_without_a_constructor_has_that_of_its_base():
    assert Deeper("Ann", **SMALL).nickname == "Ann"
    assert Deeper(**SMALL).config == Named(**SMALL).config


def test_a_subclass_may_have_other_defaults():
    @dataclass(kw_only=True)
    class ShortConfig(SequenceClassifierConfig):
        epochs: int = 2

    class Short(SequenceClassifier):
        Config = ShortConfig

    assert Short().epochs == 2
    assert inspect.signature(Short).parameters["epochs"].default == 2
    assert SequenceClassifier().epochs == 30
