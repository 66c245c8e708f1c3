import pytest
import torch

from recurra.nn.clips.frame_generator import FrameGenerator, doublings


@pytest.mark.parametrize("side", [8, 16, 64])
@pytest.mark.parametrize("palette", [0, 3])
def test_frames_have_the_size_and_colors_from_minus_one_to_one(side, palette):
    frames = FrameGenerator(6, 5, side, 8, palette)(torch.randn(2, 6), torch.randn(2, 3, 5))
    assert frames.shape == (2, 3, 3, side, side)
    assert frames.abs().max() <= 1


@pytest.mark.parametrize("palette", [0, 3])
def test_each_frame_is_made_of_its_own_content_and_motion(palette):
    generator, content, motion = FrameGenerator(6, 5, 16, 8, palette), torch.randn(2, 6), torch.randn(2, 3, 5)
    frames = generator(content, motion)
    torch.testing.assert_close(generator(content[1:], motion[1:, 2:])[0, 0], frames[1, 2])
    motion[0, 1] += 1
    is_other = (generator(content, motion) != frames).flatten(2).any(2)
    assert is_other.tolist() == [[False, True, False], [False, False, False]]


def test_the_colors_of_a_clip_are_those_of_its_palette():
    generator, content = FrameGenerator(6, 5, 16, 8, 3), torch.randn(2, 6)
    with torch.no_grad():
        generator.doubling[-1].weight *= 1e6  # so that the choice is a sharp one
    frames = generator(content, torch.randn(2, 4, 5)).detach()
    for clip, of_clip in zip(frames, generator.colors(generator.content(content)).tanh().view(2, 3, 3), strict=True):
        distances = torch.cdist(clip.movedim(1, -1).reshape(-1, 3), of_clip.T.contiguous())
        assert (distances.amin(1) < 1e-3).float().mean() > 0.98


def test_a_side_that_is_no_power_of_two_is_refused():
    assert [doublings(side) for side in (8, 16, 128)] == [1, 2, 5]
    for side in (4, 12, 48):
        with pytest.raises(ValueError, match=f"side: expected 4 times a power of two, from 8 on, got {side}"):
            doublings(side)
