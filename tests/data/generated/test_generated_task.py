import numpy as np
import pytest

from recurra import DataError
from recurra.data.generated.adding import Adding
from recurra.data.generated.catalogue import GENERATED, generated

MADE = [name for name in GENERATED if not name.startswith("mnist")]


def equal(one, other):
    return all(np.array_equal(getattr(one, part), getattr(other, part)) for part in ("inputs", "lengths", "targets"))


@pytest.mark.parametrize("name", MADE)
def test_a_batch_is_a_function_of_seed_and_position(name):
    task = generated(name, 20)
    batch = task.batch(4, 1, 7)
    assert equal(batch, generated(name, 20).batch(4, 1, 7))
    assert not equal(batch, task.batch(4, 1, 8))
    assert not equal(batch, task.batch(4, 2, 7))


@pytest.mark.parametrize("name", MADE)
def test_what_is_scored_on_is_always_the_same_and_no_batch(name):
    task = generated(name, 20)
    assert equal(task.test(4), task.test(4))
    assert not equal(task.test(4), task.validation(4))
    assert not equal(task.test(4), task.batch(4, 0, 0))


@pytest.mark.parametrize("name", MADE)
def test_lengths_within_a_batch_lie_between_the_shortest_and_the_longest(name):
    equal_lengths = generated(name, 40).batch(64, 1, 0).lengths
    lengths = generated(name, 40, shortest=10).batch(64, 1, 0).lengths
    assert lengths.min() < equal_lengths.min() / 1.5
    assert lengths.max() <= equal_lengths.max() * 1.1
    longer = generated(name, 40, shortest=10).batch(64, 1, 0, longest=12).lengths
    assert longer.max() < equal_lengths.max()


@pytest.mark.parametrize("name", MADE)
def test_nothing_stands_after_the_end_of_a_sequence(name):
    batch = generated(name, 40, shortest=10).batch(16, 1, 0)
    assert batch.lengths.max() == batch.inputs.shape[1]
    for inputs, length in zip(batch.inputs, batch.lengths, strict=True):
        assert not inputs[length:].any()


def test_what_is_tested_has_the_full_length():
    assert set(Adding(40, shortest=10).test(16).lengths) == {40}


@pytest.mark.parametrize("name", MADE)
def test_the_best_answer_that_looks_at_no_input_has_the_loss_of_chance(name):
    task = generated(name, 12)
    batch = task.test(4000)
    if not task.classes:
        loss = batch.targets.var()
    else:
        targets = batch.targets if task.per_step else batch.targets[:, None]
        loss = 0.0
        for step in targets[batch.lengths >= targets.shape[1]].T if task.per_step else targets.T:
            shares = np.bincount(step) / len(step)
            shares = shares[shares > 0]
            loss -= (shares * np.log(shares)).sum()
        loss /= targets.shape[1]
    if name != "parity":  # whose first step says what the parity is then
        assert task.chance_loss == pytest.approx(loss, rel=0.05)
    assert task.solved_loss < task.chance_loss / 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1,), "length: expected a whole number of at least 2, got 1"),
        ((2.5,), "length: expected a whole number of at least 2, got 2.5"),
        ((10, 11), "shortest: expected a whole number of at most 10, got 11"),
    ],
)
def test_lengths_that_the_task_does_not_have_are_refused(arguments, message):
    with pytest.raises(DataError, match=f"^task adding: {message}$"):
        generated("adding", *arguments)
