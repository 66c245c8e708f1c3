import pytest
import torch

from recurra.nn.clips.video_discriminator import SHORTEST, VideoDiscriminator, difference


@pytest.mark.parametrize("side", [16, 64])
@pytest.mark.parametrize("steps", [SHORTEST, 5, 16])
def test_clips_of_any_length_get_a_score_each(side, steps):
    assert VideoDiscriminator(side, 4)(torch.rand(2, steps, 3, side, side)).shape == (2,)


def test_the_order_of_the_frames_counts():
    judge, clip = VideoDiscriminator(16, 4), torch.rand(1, 8, 3, 16, 16)
    assert (judge(clip) - judge(clip.flip(1))).abs() > 1e-6


def test_the_label_is_part_of_the_score():
    judge, clips = VideoDiscriminator(16, 4, labels=2), torch.rand(1, 4, 3, 16, 16).expand(2, -1, -1, -1, -1)
    first, second = judge(clips, torch.tensor([0, 1]))
    assert first != second


def test_difference_is_the_deviation_within_each_group():
    alike, apart = torch.ones(4, 3), torch.tensor([[0.0], [2.0]]).repeat(2, 3)
    expected = torch.tensor([0.001] * 4 + [1.0] * 4).unsqueeze(1)
    torch.testing.assert_close(difference(torch.cat([alike, apart])), expected, atol=1e-4, rtol=0)
