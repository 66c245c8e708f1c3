import numpy as np
import pytest
import torch

from recurra import DataError
from recurra.data.sources import clips as sources
from recurra.metrics import clips as clip_scores
from recurra.nn.generators import seeded
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.data import ClipGANDataModule, Comparison, LearntClips, make
from recurra.tasks.clip_gan.network import ClipGANNetwork

NAMES = ["down", "right"]


@pytest.fixture
def config(small):
    return ClipGANConfig(**small)


def read(content, config):
    return sources.resolve(content, frame_rate=config.frame_rate, frame_size=config.frame_size)


@pytest.fixture
def learnt(squares, config):
    return LearntClips.of(read(squares, config), NAMES, config)


@pytest.fixture
def data_module(learnt, config):
    return ClipGANDataModule(config, learnt, Comparison.of(learnt, config))


def test_batches_are_parts_of_clips_with_their_labels(data_module, squares, config):
    clips, labels = squares
    epoch = list(data_module.batches(0, 0, 0, 1))
    assert len(epoch) == data_module.steps_per_epoch(0) == 6
    for batch in epoch:
        assert batch.clips.shape == (4, 6, 16, 16, 3)
        for part, label in zip(batch.clips.numpy(), batch.labels, strict=True):
            windows = [(row, start) for row in range(24) for start in range(4) if _is_at(part, clips[row], start)]
            assert windows
            assert all(labels[row] == NAMES[label] for row, _ in windows)


def _is_at(part, clip, start):
    return np.array_equal(part, clip[start : start + len(part)])


def test_an_epoch_is_a_function_of_its_number_and_can_be_entered_anywhere(data_module):
    whole, rest = list(data_module.batches(1, 0, 0, 1)), list(data_module.batches(1, 4, 0, 1))
    assert len(rest) == 2
    for batch, again in zip(whole[4:], rest, strict=True):
        torch.testing.assert_close(batch.clips, again.clips)
    other = list(data_module.batches(2, 0, 0, 1))
    assert any((batch.clips != one.clips).any() for batch, one in zip(whole, other, strict=True))


def test_processes_share_a_batch(data_module):
    whole = next(data_module.batches(0, 0, 0, 1))
    shares = [next(data_module.batches(0, 0, rank, 2)) for rank in range(2)]
    torch.testing.assert_close(shares[0].clips, whole.clips[::2])
    torch.testing.assert_close(shares[1].labels, whole.labels[1::2])


def test_fewer_clips_than_a_batch_are_one_batch(squares, small):
    config = ClipGANConfig(**small | {"batch_size": 64})
    learnt = LearntClips.of(read(squares, config), NAMES, config)
    data_module = ClipGANDataModule(config, learnt, Comparison.of(learnt, config))
    assert [batch.size for batch in data_module.batches(0, 0, 0, 1)] == [24]


def test_real_clips_are_compared_each_once_and_others_by_number(learnt, config):
    first, second = Comparison.of(learnt, config), Comparison.of(learnt, config, 1)
    assert first.clips.shape == (8, 6, 16, 16, 3)
    assert (first.clips != second.clips).any()
    assert first.background.tolist() == [0, 0, 0]
    assert first.real == clip_scores.summary(first.clips, first.background)
    assert first.real["content_distance"] == 0


def test_made_clips_are_scored_beside_real_ones(learnt, config):
    comparison = Comparison.of(learnt, config)
    with seeded(1):
        network = ClipGANNetwork(config, 2)
    scores = comparison.score(network)
    assert set(scores) == {"valid_deviation", *(f"valid_{name}" for name in comparison.real)}
    assert scores["valid_deviation"] > 0.3  # nothing was learnt


def test_many_clips_are_made_some_at_a_time(config, monkeypatch):
    with seeded(1):
        network = ClipGANNetwork(config, 2)
    noise = network.generator.noise(5, 7, torch.tensor([0, 1, 0, 1, 1]))
    whole = make(network, noise)
    assert whole.shape == (5, 7, 16, 16, 3)
    monkeypatch.setattr("recurra.tasks.clip_gan.data._FRAMES_AT_ONCE", 14)
    assert np.abs(make(network, noise).astype(int) - whole).max() <= 1


def test_a_clip_that_is_too_short_or_of_another_label_is_refused(squares, small):
    config = ClipGANConfig(**small | {"clip_length": 10})
    with pytest.raises(DataError, match=r"clip 1: expected at least 10 frames at 8 a second \(clip_length\), got 9"):
        LearntClips.of(read(squares, config), [], config)
    config = ClipGANConfig(**small)
    with pytest.raises(DataError, match=r"clip 2: expected one of the labels right, up, got 'down'"):
        LearntClips.of(read(squares, config), ["right", "up"], config)


def test_clips_without_a_video_are_refused(config):
    with pytest.raises(DataError, match=r"clip 1: expected a video, got skeleton"):
        LearntClips.of(read([np.zeros((9, 20, 3), np.float32)] * 3, config), [], config)
