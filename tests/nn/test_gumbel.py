import pytest
import torch

from recurra.nn.gumbel import gumbel_softmax


def test_the_largest_is_drawn_from_the_softmax():
    torch.manual_seed(0)
    logits = torch.tensor([0.0, 1.0, 2.0])
    drawn = gumbel_softmax(logits.expand(20_000, 3), 100.0).argmax(-1)
    shares = torch.bincount(drawn, minlength=3) / 20_000
    assert shares.tolist() == pytest.approx(logits.softmax(-1).tolist(), abs=0.02)


@pytest.mark.parametrize("sharpness", [1.0, 100.0])
def test_each_is_a_distribution_sharper_where_asked_for(sharpness):
    torch.manual_seed(0)
    relaxed = gumbel_softmax(torch.zeros(500, 4), sharpness)
    assert torch.allclose(relaxed.sum(-1), torch.ones(500))
    assert (relaxed.amax(-1).mean() > 0.95) == (sharpness > 1)


def test_gradients_flow_through_the_choice():
    logits = torch.zeros(2, 3, requires_grad=True)
    (gumbel_softmax(logits, 1.0) * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert (logits.grad != 0).all()
