import pytest
import torch
from torch import nn

from recurra import nn as layers
from recurra.nn.gradient_penalty import gradient_penalty


@pytest.mark.parametrize("slope", [1.0, 0.0])
def test_a_linear_critic_is_penalized_by_its_slope(slope):
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    real, made = torch.randn(2, 5, 2)
    penalty = gradient_penalty(lambda x: x @ weight, real, made, slope)
    assert penalty.item() == pytest.approx((5 - slope) ** 2, rel=1e-4)
    penalty.backward()
    torch.testing.assert_close(weight.grad, 2 * (5 - slope) * torch.tensor([0.6, 0.8]), rtol=1e-4, atol=1e-5)


def test_points_lie_between_real_and_made_ones():
    seen = []
    real, made = torch.zeros(64, 3), torch.ones(64, 3)
    gradient_penalty(lambda x: (seen.append(x.detach()), x.sum(-1))[1], real, made)
    (points,) = seen
    assert (points == points[:, :1]).all()
    assert 0 <= points.min() < 0.2 < 0.8 < points.max() <= 1


def test_the_penalty_goes_through_a_recurrence():
    recurrence = layers.GRU(2, 3, batch_first=True)
    head = nn.Linear(3, 1)
    penalty = gradient_penalty(lambda x: head(recurrence(x)[0])[..., 0].mean(1), *torch.rand(2, 4, 5, 2))
    penalty.backward()
    assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in recurrence.parameters())


def test_a_critic_without_slope_has_a_finite_gradient():
    weight = torch.zeros(2, requires_grad=True)
    gradient_penalty(lambda x: x @ weight, *torch.rand(2, 3, 2)).backward()
    assert torch.isfinite(weight.grad).all()
