import numpy as np

from recurra.data.clips.lazy_samples import ConvertedSamples, SelectedSamples


def test_samples_are_taken_by_position_and_converted_when_asked_for():
    converted = []

    def double(array):
        converted.append(1)
        return 2 * array

    samples = ConvertedSamples([np.ones(1), None, np.ones(3)], double)
    some = SelectedSamples(samples, [2, 1])
    assert (len(samples), len(some), converted) == (3, 2, [])
    np.testing.assert_array_equal(some[0], [2, 2, 2])
    assert some[1] is None
    assert converted == [1]
