import torch

from recurra.nn.encoders import VideoChannels


def test_colour_is_between_minus_one_and_one_and_its_change_beside_it():
    x = torch.zeros(1, 2, 4, 4, 3, dtype=torch.uint8)
    x[:, 1] = 255
    channels, _ = VideoChannels()(x)
    assert channels.shape == (1, 2, VideoChannels().channels, 4, 4)
    assert (channels[:, 0, :3] == -1).all()
    assert (channels[:, 1, :3] == 1).all()
    assert not channels[:, 0, 3].any()
    assert (channels[:, 1, 3] == 2).all()


def test_a_stream_in_pieces_has_the_channels_of_the_whole():
    torch.manual_seed(1)
    x = torch.randint(256, (2, 4, 5, 6, 3), dtype=torch.uint8)
    first, state = VideoChannels()(x[:, :1])
    rest, _ = VideoChannels()(x[:, 1:], state)
    torch.testing.assert_close(torch.cat([first, rest], 1), VideoChannels()(x)[0])
