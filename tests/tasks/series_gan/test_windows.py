import numpy as np

from recurra.tasks.series_gan.windows import Windows


def test_series_stand_side_by_side_with_zeros_after_their_ends():
    windows = Windows.of([np.ones((3, 2)), np.ones((1, 2))])
    assert windows.steps[:, :, 0].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert windows.lengths.tolist() == [3, 1]
    assert (len(windows), windows.features) == (2, 2)
    assert windows.tensors()[1].tolist() == [3, 1]
    assert windows.select([0]).tensors()[1] is None
