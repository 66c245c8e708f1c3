import pytest
import torch

from recurra.nn.clips.frame_generator import FrameGenerator


@pytest.mark.parametrize("side", [16, 64])
@pytest.mark.parametrize("palette", [0, 3])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("moving_background", [False, True])
def test_frames_have_the_size_and_colors_from_minus_one_to_one(side, palette, training, moving_background):
    generator = FrameGenerator(6, 5, side, 8, palette, moving_background).train(training)
    frames = generator(torch.randn(2, 6), torch.randn(2, 3, 5))
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


@pytest.mark.parametrize("number", [0, 2])
def test_a_thing_has_the_color_of_the_palette_that_it_chooses_and_sharp_edges(number):
    generator, content, motion = FrameGenerator(6, 5, 16, 8, 3).eval(), torch.randn(2, 6), torch.randn(2, 4, 5)
    with torch.no_grad():
        generator.foreground.doubling[-1].bias[0] = -1e3
        background = generator(content, motion)
        generator.foreground.doubling[-1].bias[0] = 1e3
        generator.foreground.doubling[-1].bias[1 + number] = 1e3
        frames = generator(content, motion)
        palette = generator.colors(generator.content(content)).tanh().view(2, 3, 3)
    color = palette[:, None, :, number, None, None].expand_as(frames)
    is_color = torch.isclose(frames, color, atol=1e-5).all(2)
    assert is_color.any()
    assert (is_color | torch.isclose(frames, background).all(2)).float().mean() > 0.9  # the rest: a window's last row


@pytest.mark.parametrize("moving_background", [False, True])
def test_the_background_stays_unless_asked_to_move_and_the_foreground_moves(moving_background):
    generator = FrameGenerator(6, 5, 16, 8, 3, moving_background).eval()
    content, motion = torch.randn(1, 6), torch.randn(1, 6, 5)
    with torch.no_grad():
        generator.foreground.doubling[-1].bias[0] = -1e3
    background = generator(content, motion)
    assert (background == background[:, :1]).all() == (not moving_background)
    with torch.no_grad():
        generator.foreground.doubling[-1].bias[0] = 1e3
    is_covered = (generator(content, motion) != background).any(2)[0]  # (T, H, W)
    assert is_covered.flatten(1).sum(1).min() > 0
    assert len(torch.unique(is_covered.flatten(1), dim=0)) > 1
