import pytest
import torch

from recurra.nn.encoders import (
    DepthChannels,
    FrameCNN,
    FrameEncoder,
    InertialEncoder,
    InertialFeatures,
    SeriesEncoder,
    SkeletonEncoder,
    TemporalBlock,
    TemporalConv,
    VideoChannels,
)


def numbers(*shape):
    return torch.randn(2, 19, *shape)


def pictures(*shape):
    return torch.randint(256, (2, 19, *shape), dtype=torch.uint8)


ENCODERS = {
    "conv": (lambda: TemporalConv(4, 6, 5, 3), lambda: numbers(4)),
    "block": (lambda: TemporalBlock(4, 4, 3), lambda: numbers(4)),
    "series": (lambda: SeriesEncoder(4, (5, 6), (3, 4), (2, 3)), lambda: numbers(4)),
    "inertial": (lambda: InertialEncoder(InertialFeatures(window=4)), lambda: numbers(6)),
    "skeleton": (SkeletonEncoder, lambda: numbers(20, 3)),
    "cnn": (lambda: FrameCNN(2, (4, 4), size=8), lambda: numbers(2, 12, 12)),
    "depth": (lambda: FrameEncoder(DepthChannels((12, 12)), 3, sizes=(4, 4), size=8), lambda: pictures(14, 14, 1)),
    "video": (lambda: FrameEncoder(VideoChannels(), 2, sizes=(4, 4), size=8), lambda: pictures(12, 12, 3)),
}


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("pieces", [[1] * 19, [2, 7, 1, 1, 5, 3], [19]], ids=["steps", "pieces", "whole"])
@torch.no_grad()
def test_a_stream_in_pieces_is_encoded_as_the_whole(name, pieces):
    torch.manual_seed(1)
    make, samples = ENCODERS[name]
    encoder, x = make(), samples()
    encoder(x)  # so that batch norm has seen numbers
    encoder.eval()
    if name in ("series", "inertial", "skeleton"):
        x[0, :3, 2] = torch.nan
        x[1, 4:9, 1] = torch.nan
    expected, lengths = encoder(x, torch.tensor([19, 19]))
    assert expected.shape == (2, -(-19 // encoder.stride), encoder.size)
    assert lengths.tolist() == [expected.shape[1]] * 2
    outputs, state = [], None
    for piece in x.split(pieces, 1):
        y, state = encoder.stream(piece, state)
        outputs.append(y)
    torch.testing.assert_close(torch.cat(outputs, 1), expected, rtol=1e-4, atol=1e-5)


def test_an_encoder_that_learns_streams_nothing():
    with pytest.raises(ValueError, match=r"stream: expected an encoder in evaluation, got one that learns"):
        TemporalConv(4, 6, 5).stream(torch.randn(1, 2, 4))


def test_what_reads_the_future_streams_nothing():
    encoder = SeriesEncoder(4, causal=False).eval()
    with pytest.raises(ValueError, match="stream: expected a causal convolution"):
        encoder.stream(torch.randn(1, 2, 4))
