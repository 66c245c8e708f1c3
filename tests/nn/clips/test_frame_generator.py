import pytest
import torch

from recurra.nn.clips.frame_generator import FrameGenerator
from recurra.nn.generators import seeded


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


class Foreground(torch.nn.Module):
    """The same scores for all frames: of what is shown, and of each color (1 + palette, h, w)."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def forward(self, vectors, styles):
        return self.scores.expand(len(vectors), -1, -1, -1)


def in_a_corner(palette, number):
    """Scores of a thing in the upper left part of its window, of one color."""
    scores = torch.zeros(1 + palette, 8, 8)
    scores[0, :3, :3] = 1
    scores[1 + number] = 1e3
    return scores


def make(palette, moving_background=False):
    with seeded(1), torch.no_grad():
        generator = FrameGenerator(6, 5, 16, 8, palette, moving_background).eval()
        content, motion = torch.randn(2, 6), torch.randn(2, 6, 5)
        generator.foreground.doubling[-1].weight[:, 0] = 0  # the score is the same everywhere: nothing is shown
        generator.center.weight.zero_()  # the middle, where nothing is cut off
        generator.center.bias.zero_()
        return generator, content, motion, generator(content, motion)


@pytest.mark.parametrize("number", [0, 2])
def test_a_thing_has_the_color_of_the_palette_that_it_chooses_and_sharp_edges(number):
    generator, content, motion, background = make(3)
    generator.foreground = Foreground(in_a_corner(3, number))
    with torch.no_grad():
        frames = generator(content, motion)
        palette = generator.colors(generator.content(content)).tanh().view(2, 3, 3)
    color = palette[:, None, :, number, None, None].expand_as(frames)
    is_color = torch.isclose(frames, color, atol=1e-5).all(2)
    assert is_color.any()
    assert (is_color | torch.isclose(frames, background).all(2)).float().mean() > 0.9  # the rest: a window's last row


def test_in_training_colors_and_edges_are_soft_so_that_they_can_be_learnt():
    generator, content, motion, _ = make(3)
    generator.train()(content, motion).sum().backward()
    gradients = {name: float(weight.grad.abs().max()) for name, weight in generator.named_parameters()}
    assert min(gradients[name] for name in ("center.weight", "size.weight", "colors.weight")) > 0


@pytest.mark.parametrize("moving_background", [False, True])
def test_the_background_stays_unless_asked_to_move_and_the_foreground_moves(moving_background):
    generator, content, motion, background = make(3, moving_background)
    assert (background == background[:, :1]).all() == (not moving_background)
    generator.foreground = Foreground(in_a_corner(3, 1))
    with seeded(1), torch.no_grad():
        generator.center.weight.normal_()
    is_covered = (generator(content, motion) != background).any(2)  # (B, T, H, W)
    for clip in is_covered:
        assert len(torch.unique(clip.flatten(1), dim=0)) > 1


def test_something_is_always_shown_and_something_never():
    generator, content, motion, background = make(1)
    for level in (-100, 100):
        scores = in_a_corner(1, 0)
        scores[0] += level
        generator.foreground = Foreground(scores)
        shown = (generator(content, motion) != background).any(2).flatten(2).float().mean(2)  # (B, T)
        assert 0 < shown.min() <= shown.max() < 0.5
