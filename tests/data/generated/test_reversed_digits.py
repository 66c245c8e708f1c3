import numpy as np

from recurra.data.generated.reversed_digits import ReversedDigits


def test_digits_are_answered_from_the_last_to_the_first():
    batch = ReversedDigits(9, shortest=2).batch(30, 1, 0)
    for inputs, targets, steps in zip(batch.inputs, batch.targets, batch.lengths, strict=True):
        digits = steps // 2
        np.testing.assert_array_equal(targets[digits:steps], inputs[:digits][::-1])
        assert (inputs[:digits] > 0).all()
        assert not targets[:digits].any()
        assert not targets[steps:].any()
