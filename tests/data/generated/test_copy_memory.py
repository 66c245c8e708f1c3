import math

import numpy as np
import pytest

from recurra.data.generated.copy_memory import CopyMemory


def test_ten_symbols_are_repeated_after_the_silence():
    batch = CopyMemory(7).batch(20, 1, 0)
    assert batch.inputs.shape == batch.targets.shape == (20, 27)
    kept = batch.inputs[:, :10]
    assert set(np.unique(kept)) == set(range(1, 9))
    assert (batch.inputs[:, 10:16] == 0).all()  # T - 1 times
    assert (batch.inputs[:, 16:] == 9).all()  # eleven times
    assert (batch.targets[:, :17] == 0).all()
    np.testing.assert_array_equal(batch.targets[:, 17:], kept)


def test_each_sequence_of_a_batch_has_a_silence_of_its_own():
    batch = CopyMemory(30, shortest=2).batch(20, 1, 0)
    for inputs, targets, length in zip(batch.inputs, batch.targets, batch.lengths, strict=True):
        np.testing.assert_array_equal(targets[length - 10 : length], inputs[:10])
        assert targets[: length - 10].sum() == targets[length:].sum() == 0
        assert (inputs[length - 11 : length] == 9).all()


def test_chance_is_the_published_one():
    assert CopyMemory(1000).chance_loss == pytest.approx(10 * math.log(8) / 1020)  # 0.0204 in Bai et al.
