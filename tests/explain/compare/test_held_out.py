import math

import numpy as np
import pytest

from recurra import DataError
from recurra.data.generated.catalogue import generated
from recurra.data.sequences.examples import Examples
from recurra.explain.compare import held_out
from recurra.explain.compare.task import ComparedClassifier, ComparedRegressor


def test_a_generated_task_knows_its_chance():
    parity = held_out.of_task(generated("parity", 6), 10)
    assert (parity.chance_loss, parity.chance_accuracy) == (math.log(2), 0.5)
    assert parity.profiled.inputs.shape == (32, 6, 1)


def test_chance_of_classes_is_their_entropy_and_of_numbers_their_variance():
    inputs = [np.full((4, 1), float(i)) for i in range(200)]
    classes = Examples(inputs, ["a" if i % 4 else "b" for i in range(200)])
    held = ComparedClassifier(length=4, hidden_size=3).start(classes)[2]
    assert held.chance_accuracy == 0.75
    assert held.chance_loss == pytest.approx(0.5623, abs=1e-3)
    numbers = ComparedRegressor(length=4, hidden_size=3).start(Examples(inputs, [float(i % 7) for i in range(200)]))[2]
    assert numbers.chance_accuracy is None
    assert numbers.chance_loss == pytest.approx(1, rel=0.5)  # of deviations, of those held out


def test_several_labels_at_once_are_refused():
    several = Examples([np.ones((4, 1))] * 200, [["a"] if i % 2 else ["a", "b"] for i in range(200)])
    with pytest.raises(DataError, match="expected sequences with one class or number each"):
        ComparedClassifier(length=4, hidden_size=3).start(several)
