import torch
from torch import nn

from recurra.nn.encoders.step_batch_norm import StepBatchNorm


def test_it_is_batch_norm_over_the_real_steps():
    torch.manual_seed(1)
    x, lengths = torch.randn(2, 5, 3), torch.tensor([5, 2])
    norm, plain = StepBatchNorm(3), nn.BatchNorm1d(3)
    y = norm(x, lengths)
    expected = plain(torch.cat([x[0], x[1, :2]]))
    torch.testing.assert_close(torch.cat([y[0], y[1, :2]]), expected)
    torch.testing.assert_close(norm.norm.running_var, plain.running_var)
    assert not y[1, 2:].any()


def test_what_pads_changes_nothing():
    torch.manual_seed(1)
    x, lengths = torch.randn(2, 5, 3), torch.tensor([5, 2])
    spoilt = x.clone()
    spoilt[1, 2:] = 1e6
    torch.testing.assert_close(StepBatchNorm(3)(spoilt, lengths), StepBatchNorm(3)(x, lengths))


def test_without_lengths_all_steps_are_real():
    torch.manual_seed(1)
    x = torch.randn(2, 5, 3)
    torch.testing.assert_close(StepBatchNorm(3)(x), StepBatchNorm(3)(x, torch.tensor([5, 5])))


def test_a_feature_that_never_changed_is_taken_for_its_mean():
    torch.manual_seed(1)
    norm, x = StepBatchNorm(3), torch.randn(4, 50, 3)
    x[..., 2] = 5.0
    for _ in range(200):
        norm(x)
    norm.eval()
    changed = x.clone()
    changed[..., 2] = 6.0
    torch.testing.assert_close(norm(changed), norm(x))
    changed[..., 1] += 1.0
    assert (norm(changed)[..., 1] - norm(x)[..., 1]).min() > 0.5
