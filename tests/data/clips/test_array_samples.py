import numpy as np

from recurra.data.clips.array_samples import ArraySamples


def test_samples_are_read_from_wherever_they_are(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((3, 2)))
    samples = ArraySamples([tmp_path / "a.npy", np.zeros((5, 2)), None], "inertial", ["a", "b", "c"])
    assert [None if array is None else array.shape for array in samples] == [(3, 2), (5, 2), None]
    assert samples.errors() == [None, None, None]


def test_each_clip_that_is_broken_or_of_another_width_is_named(tmp_path):
    sources = [tmp_path / "gone.npy", np.zeros((5, 2)), np.zeros((5, 3)), np.zeros(5)]
    errors = ArraySamples(sources, "inertial", ["a", "b", "c", "d"]).errors()
    assert errors[1] is None
    message = [str(error) for error in errors if error]
    assert "gone.npy: expected an .npy file, found nothing there" in message[0]
    assert message[1] == "c: inertial: expected samples of shape (2,) as in b, got (3,)"
    assert "d: inertial: expected (T, F) numbers, got float64 of shape (5,)" in message[2]
