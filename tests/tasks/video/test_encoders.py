"""Which encoder reads which signal, and how it goes on with a clip in pieces."""

import pytest
import torch

from recurra.nn.encoders import (
    DepthChannels,
    FrameEncoder,
    InertialEncoder,
    ParallelEncoder,
    SeriesEncoder,
    SkeletonEncoder,
    VideoChannels,
)
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.conv_encoder import ConvRecurrentEncoder
from recurra.tasks.video.encoders import make_encoder
from recurra.tasks.video.signal import Signal

VIDEO = Signal("frames", (16, 16, 3), 10.0)
DEPTH = Signal("frames", (16, 24, 1), 30.0)


def _encoder(name, signal, **settings):
    return make_encoder(name, signal, VideoConfig(channels=4, **settings)).eval()


def test_each_kind_of_signal_has_its_encoder():
    video, depth = _encoder("video", VIDEO), _encoder("depth", DEPTH)
    assert isinstance(video, FrameEncoder)
    assert isinstance(video.channels, VideoChannels)
    assert isinstance(depth.channels, DepthChannels)
    assert isinstance(_encoder("skeleton", Signal("skeleton", (20, 3), 30.0)), ParallelEncoder)
    views = _encoder("skeleton", Signal("skeleton", (17, 2), 30.0)).encoders
    assert [view.features.kinds for view in views] == [("joints",), ("bones",), ("motion",)]
    assert all(isinstance(view, SkeletonEncoder) for view in views)
    sensors = _encoder("inertial", Signal("series", (6,), 50.0)).encoders
    assert [view.features.kinds for view in sensors] == [("measurements",), ("gravity",), ("changes",)]
    assert all(isinstance(view, InertialEncoder) for view in sensors)
    assert isinstance(_encoder("inertial", Signal("series", (5,), 50.0)), SeriesEncoder)
    for signal in (Signal("series", (6,), 50.0), Signal("skeleton", (7, 3), 30.0), Signal("series", (), 50.0)):
        assert isinstance(_encoder("other", signal), SeriesEncoder)
    assert isinstance(_encoder("video", VIDEO, encoder="conv-gru"), ConvRecurrentEncoder)


def test_as_many_frames_a_second_are_read_as_the_settings_ask():
    assert _encoder("depth", DEPTH, frame_rate=10.0).stride == 3
    assert _encoder("depth", DEPTH, frame_rate=50.0).stride == 1
    assert _encoder("depth", DEPTH, frame_rate=10.0, per_step=True, pooling="last").stride == 1


@pytest.mark.parametrize(
    "signal", [VIDEO, DEPTH, Signal("skeleton", (20, 3), 30.0), Signal("series", (), 50.0)], ids=str
)
def test_what_pads_a_clip_changes_nothing(signal):
    encoder = _encoder("depth" if signal == DEPTH else "x", signal)
    samples = torch.rand(2, 12, *signal.shape) * 200
    samples = samples.byte() if signal.kind == "frames" else samples
    samples[1, 7:] = 0
    features, lengths = encoder(samples, torch.tensor([12, 7]))
    alone, length = encoder(samples[1:, :7], torch.tensor([7]))
    assert features.shape == (2, -(-12 // encoder.stride), encoder.size)
    assert lengths.tolist() == [-(-12 // encoder.stride), length.item()]
    torch.testing.assert_close(features[1, : length.item()], alone[0, : length.item()])


@pytest.mark.parametrize("encoder", ["cnn", "conv-lstm", "conv-gru"])
def test_a_video_in_pieces_has_the_features_of_the_whole(encoder):
    encoder = _encoder("video", VIDEO, encoder=encoder)
    samples = torch.randint(256, (1, 9, 16, 16, 3), dtype=torch.uint8)
    _require_alike_in_pieces(encoder, samples)


def test_numbers_of_any_shape_in_pieces_have_the_features_of_the_whole():
    _require_alike_in_pieces(_encoder("other", Signal("skeleton", (7, 3), 30.0)), torch.randn(1, 9, 7, 3))


def _require_alike_in_pieces(encoder, samples):
    whole, _ = encoder(samples, torch.tensor([9]))
    state, pieces = None, []
    for piece in samples.split([2, 1, 6], 1):
        features, state = encoder.stream(piece, state)
        pieces.append(features)
    torch.testing.assert_close(torch.cat(pieces, 1), whole)
