import torch

from recurra.nn.encoders import DepthChannels


def clip(frames=4):
    """A block of 6 x 4 pixels at depth 100 with a nearer pixel, which moves down by one at the last frame."""
    depth = torch.zeros(1, frames, 20, 30, 1, dtype=torch.uint8)
    depth[:, :-1, 5:11, 20:24] = 100
    depth[:, :-1, 7, 21] = 92
    depth[:, -1, 6:12, 20:24] = 100
    depth[:, -1, 8, 21] = 92
    return depth


def test_the_body_is_in_the_middle_of_the_window():
    channels = DepthChannels((12, 12))
    seen, _ = channels(clip())
    assert seen.shape == (1, 4, channels.channels, 12, 12)
    silhouette = seen[0, 0, 1]
    assert silhouette.sum() == 24
    assert silhouette[3:9, 4:8].all()
    moved = clip().roll((5, -14), (2, 3))  # to the margin of the picture
    torch.testing.assert_close(channels(moved)[0][:, :3], seen[:, :3])


def test_relief_is_depth_from_the_bodys_own():
    seen, _ = DepthChannels((12, 12), relief=8.0)(clip())
    level = (23 * 100 + 92) / 24
    relief = seen[0, 0, 0]
    torch.testing.assert_close(relief[5, 5], torch.tensor((92 - level) / 8))
    torch.testing.assert_close(relief[3, 4], torch.tensor((100 - level) / 8))
    assert relief[0, 0] == 0
    farther = torch.where(clip() > 0, clip() + 20, clip())
    torch.testing.assert_close(DepthChannels((12, 12), relief=8.0)(farther)[0], seen)


def test_change_and_traces_tell_what_moved():
    seen, _ = DepthChannels((12, 12), decays=(0.5,))(torch.cat([clip(3), clip(3)[:, -1:]], 1))
    assert not seen[0, :2, 2:].any()
    change, trace = seen[0, :, 3], seen[0, :, 4]  # of the silhouette
    assert change[2, 3, 4:8].eq(-1).all()  # the row that is left
    assert change[2, 9, 4:8].eq(1).all()  # the row that is new
    assert not change[3].any()
    torch.testing.assert_close(trace[3], 0.5 * trace[2])
    assert trace[2].max() == 1


def test_a_frame_hangs_on_no_later_one():
    channels, x = DepthChannels((12, 12)), clip()
    before, _ = channels(x)
    x[:, 2:] = 50
    torch.testing.assert_close(channels(x)[0][:, :2], before[:, :2])


def test_an_empty_clip_is_zeros():
    assert not DepthChannels((12, 12))(torch.zeros(1, 3, 20, 30, 1))[0].any()


def test_a_stream_in_pieces_has_the_channels_of_the_whole():
    torch.manual_seed(1)
    x = torch.randint(256, (2, 7, 20, 30, 1), dtype=torch.uint8)
    x[:, :, :4] = 0
    channels = DepthChannels((12, 12), decays=(0.9, 0.5))
    pieces, state = [], None
    for piece in x.split([1, 2, 1, 3], 1):
        part, state = channels(piece, state)
        pieces.append(part)
    torch.testing.assert_close(torch.cat(pieces, 1), channels(x)[0])
