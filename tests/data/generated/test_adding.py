import numpy as np

from recurra.data.generated.adding import Adding


def test_the_answer_is_the_sum_of_two_marked_numbers_one_in_each_half():
    batch = Adding(11, shortest=5).batch(200, 1, 0)
    numbers, marks = batch.inputs[:, :, 0], batch.inputs[:, :, 1]
    assert 0 <= numbers.min() < numbers.max() <= 1
    np.testing.assert_allclose((numbers * marks).sum(1), batch.targets[:, 0], rtol=1e-6)
    for mark, length in zip(marks, batch.lengths, strict=True):
        assert mark[: length // 2].sum() == mark[length // 2 : length].sum() == 1
