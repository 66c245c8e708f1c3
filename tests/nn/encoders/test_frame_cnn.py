import torch

from recurra.nn.encoders import DepthChannels, FrameCNN, FrameEncoder, VideoChannels


def test_a_clip_in_a_batch_is_as_alone():
    torch.manual_seed(1)
    encoder = FrameEncoder(VideoChannels(), every=2, sizes=(4, 8), grid=2, size=10).eval()
    x, lengths = torch.randint(256, (2, 5, 16, 12, 3), dtype=torch.uint8), torch.tensor([5, 3])
    y, reduced = encoder(x, lengths)
    assert y.shape == (2, 3, encoder.size) == (2, 3, 10)
    assert encoder.stride == 2
    assert reduced.tolist() == [3, 2]
    torch.testing.assert_close(y[1, :2], encoder(x[1:, :3])[0][0])
    assert not y[1, 2:].any()


def test_padding_is_not_in_the_batch_norm():
    torch.manual_seed(1)
    cnn = FrameCNN(3, (4, 8), size=10, dropout=0.0)
    x, lengths = torch.randn(2, 4, 3, 16, 16), torch.tensor([4, 2])
    spoilt = x.clone()
    spoilt[1, 2:] = 1e6
    torch.testing.assert_close(cnn(spoilt, lengths)[0], cnn(x, lengths)[0])


def test_depth_of_any_size_becomes_vectors_and_every_weight_learns():
    torch.manual_seed(1)
    encoder = FrameEncoder(DepthChannels((16, 16)), sizes=(4, 8), size=10)
    depth = torch.randint(256, (2, 3, 24, 20, 1), dtype=torch.uint8)
    encoder(depth)[0].square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in encoder.parameters())


def test_a_grid_knows_where_things_are():
    torch.manual_seed(1)
    x = torch.zeros(1, 1, 1, 96, 96)
    x[..., 32:40, 32:40] = 1
    moved = x.roll(24, -1)
    anywhere, somewhere = FrameCNN(1, (4, 8), grid=1).eval(), FrameCNN(1, (4, 8), grid=4).eval()
    torch.testing.assert_close(anywhere(x)[0], anywhere(moved)[0], atol=1e-5, rtol=1e-4)
    assert not torch.allclose(somewhere(x)[0], somewhere(moved)[0], atol=1e-3)
