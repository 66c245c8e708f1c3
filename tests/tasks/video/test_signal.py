"""What a signal is, by its samples."""

import numpy as np
import pytest

from recurra import DataError
from recurra.tasks.video.signal import Signal


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ((5, 8, 8, 3), "frames"),
        ((5, 8, 8, 1), "frames"),
        ((5, 20, 3), "skeleton"),
        ((5, 6), "series"),
        ((5,), "series"),
    ],
)
def test_its_kind_follows_from_the_shape_of_a_sample(shape, kind):
    signal = Signal.of([None, np.zeros(shape)], 30)
    assert (signal.kind, signal.shape, signal.rate) == (kind, shape[1:], 30.0)
    assert signal.numbers == np.prod(shape[1:])


def test_a_signal_that_no_clip_has_is_none():
    with pytest.raises(DataError, match="expected a clip that has the signal, got none"):
        Signal.of([None, None], 30)


def test_samples_of_another_shape_are_refused_with_the_clip():
    signal = Signal("skeleton", (20, 3), 30.0)
    signal.require(np.zeros((4, 20, 3)), "skeleton", "clip 1")
    with pytest.raises(DataError, match="clip 2: expected skeleton in samples of 20 x 3, as in training, got 17 x 2"):
        signal.require(np.zeros((4, 17, 2)), "skeleton", "clip 2")
    with pytest.raises(DataError, match=r"clip 3.*\(0 samples\)"):
        signal.require(np.zeros((0, 20, 3)), "skeleton", "clip 3")
