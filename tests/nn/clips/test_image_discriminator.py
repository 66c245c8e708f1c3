import pytest
import torch

from recurra.nn.clips.image_discriminator import ImageDiscriminator


@pytest.mark.parametrize("side", [8, 32])
def test_the_score_of_a_frame_hangs_on_that_frame_alone(side):
    judge, frames = ImageDiscriminator(side, 4), torch.rand(5, 3, side, side)
    scores = judge(frames)
    assert scores.shape == (5,)
    torch.testing.assert_close(judge(frames[3:4]), scores[3:4])
    assert scores.std() > 0


def test_the_label_is_part_of_the_score():
    judge, frames = ImageDiscriminator(16, 4, labels=2), torch.rand(1, 3, 16, 16).expand(2, -1, -1, -1)
    first, second = judge(frames, torch.tensor([0, 1]))
    assert first != second
