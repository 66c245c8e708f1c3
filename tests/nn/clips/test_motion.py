import pytest
import torch

from recurra.nn.clips.motion import Motion


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_a_motion_goes_on_as_it_began_whatever_its_length(cell):
    motion, noise = Motion(5, 12, cell), torch.randn(3, 1 + 20, 5)
    torch.testing.assert_close(motion(noise)[:, :7], motion(noise[:, :8]))
    assert motion(noise).shape == (3, 20, 12)


def test_where_it_begins_is_drawn():
    motion, noise = Motion(5, 12), torch.randn(2, 4, 5)
    noise[:, 1:] = 0
    assert (motion(noise)[0, 0] - motion(noise)[1, 0]).abs().max() > 0.01


def test_the_condition_is_read_at_each_step():
    motion, noise = Motion(5, 12, condition_size=2), torch.zeros(1, 4, 5)
    conditions = torch.eye(2)
    outputs = motion(noise.expand(2, -1, -1), conditions)
    changes = outputs.diff(dim=1)
    assert (changes[0] - changes[1]).abs().amax(1).min() > 1e-3
