import torch

from recurra.nn.step_mask import step_mask


def test_the_steps_before_each_end_are_true():
    mask = step_mask(torch.tensor([2, 0, 3]), 3)
    assert mask.tolist() == [[True, True, False], [False, False, False], [True, True, True]]
