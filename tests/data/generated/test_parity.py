import numpy as np

from recurra.data.generated.parity import Parity, ParityAtEnd


def test_the_answer_at_each_step_is_whether_the_ones_so_far_are_odd():
    batch = Parity(15).batch(20, 1, 0)
    bits = batch.inputs[:, :, 0]
    assert set(np.unique(bits)) == {0, 1}
    for step in range(15):
        np.testing.assert_array_equal(batch.targets[:, step], bits[:, : step + 1].sum(1) % 2)


def test_the_answer_at_the_end_counts_the_bits_of_each_sequence():
    batch = ParityAtEnd(15, shortest=3).batch(50, 1, 0)
    assert batch.targets.shape == (50,)
    for bits, length, odd in zip(batch.inputs, batch.lengths, batch.targets, strict=True):
        assert bits[:length].sum() % 2 == odd
