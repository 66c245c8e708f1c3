import numpy as np
import pytest
import torch
from torch import nn

from recurra.nn.encoders.pretrained import FrozenFrames
from recurra.tasks.video.features import feature_folder, features_of


@pytest.fixture
def network():
    torch.manual_seed(4)
    return nn.Sequential(nn.Conv2d(3, 5, 3, 2), nn.ReLU())


@pytest.fixture
def clips(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    draw = np.random.default_rng(5)
    return [draw.integers(256, size=(length, 8, 8, 3), dtype=np.uint8) for length in (3, 7, 1)]


class Counting(FrozenFrames):
    computed = 0

    def frames(self, frames):
        self.computed += len(frames)
        return super().frames(frames)


def test_vectors_are_those_of_the_encoder_and_computed_once(network, clips):
    encoder = Counting(network, frames_at_once=4)
    encoder.computed = 0
    features = features_of(encoder, clips)
    assert encoder.computed == 11
    for vectors, clip in zip(features, clips, strict=True):
        expected = encoder.frames(torch.from_numpy(clip)).numpy()
        np.testing.assert_allclose(vectors, expected, rtol=1e-5, atol=1e-6)
        assert not vectors.flags.writeable
    encoder.computed = 0
    again = features_of(Counting(network, frames_at_once=4), [clip.copy() for clip in clips])
    assert all(np.array_equal(a, b) for a, b in zip(again, features, strict=True))
    assert encoder.computed == 0


def test_other_frames_weights_and_settings_are_other_vectors(network, clips):
    first = features_of(FrozenFrames(network), clips)
    changed = [clips[0].copy(), *clips[1:]]
    changed[0][0, 0, 0, 0] ^= 255
    assert not np.array_equal(features_of(FrozenFrames(network), changed)[0], first[0])
    other_size = features_of(FrozenFrames(network, image_size=(6, 6)), clips)
    assert not np.array_equal(other_size[0], first[0])
    other_mean = features_of(FrozenFrames(network, mean=(0, 0, 0)), clips)
    assert not np.array_equal(other_mean[0], first[0])
    network[0].bias += 1
    assert not np.array_equal(features_of(FrozenFrames(network), clips)[0], first[0])


def test_half_precision_takes_half_the_room(network, clips):
    half = features_of(FrozenFrames(network), clips, dtype=np.float16)
    whole = features_of(FrozenFrames(network), clips)
    assert half[0].dtype == np.float16
    np.testing.assert_allclose(half[1], whole[1], rtol=1e-3, atol=1e-3)


def test_known_checksums_save_reading_the_clips(network, clips):
    class Unread(list):
        def __getitem__(self, index):
            raise AssertionError("a clip was read")

    checksums = ["a", "b", "c"]
    expected = features_of(FrozenFrames(network), clips, checksums=checksums)
    again = features_of(FrozenFrames(network), Unread(clips), checksums=checksums)
    assert all(np.array_equal(a, b) for a, b in zip(again, expected, strict=True))


def test_a_broken_file_is_computed_again(network, clips):
    expected = [vectors.copy() for vectors in features_of(FrozenFrames(network), clips)]
    for path in feature_folder().rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:-3])
    again = features_of(FrozenFrames(network), clips)
    assert all(np.array_equal(a, b) for a, b in zip(again, expected, strict=True))
