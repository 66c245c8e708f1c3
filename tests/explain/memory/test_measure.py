"""`recurra.explain.memory`: what it takes, and what it refuses."""

import json

import pytest

import recurra
from recurra.explain import memory


def test_a_run_is_opened_by_its_folder(classifier, series, tmp_path):
    classifier.save(tmp_path / "run")
    assert memory(tmp_path / "run", series).numbers() == memory(classifier, series).numbers()


def test_a_measurement_is_repeatable_and_another_seed_draws_others(classifier, series):
    first, again, other = (memory(classifier, series, answers=50, seed=seed).curve.full for seed in (0, 0, 1))
    assert first == again != other


def test_numbers_and_pictures(classifier, series):
    made = memory(classifier, series)
    assert json.dumps(made.numbers(), allow_nan=False)
    assert list(made.figures()) == ["loss_by_memory", "probe"]
    assert list(memory(classifier, series, with_probe=False).figures()) == ["loss_by_memory"]


def test_what_is_unknown_is_refused(classifier, series):
    with pytest.raises(TypeError, match="model: expected a module, a task or the folder of a run, got list"):
        memory([], series)
    with pytest.raises(ValueError, match="answers: expected a whole number of at least 1, got 0"):
        memory(classifier, series, answers=0)
    with pytest.raises(recurra.DataError, match="expected a fitted model"):
        memory(recurra.SequenceClassifier(), series)
