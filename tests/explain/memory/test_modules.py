"""The memory of modules of which it is known: delays, networks without memory."""

import copy

import pytest
import torch
from torch import nn

from recurra.explain import memory


class Delay(nn.Module):
    """Gives the number that it read some steps ago, out of a chain of units."""

    def __init__(self, lag, batch_first=True):
        super().__init__()
        self.layer = nn.RNN(1, lag + 1, nonlinearity="relu", bias=False, batch_first=batch_first)
        shift = torch.zeros(lag + 1, lag + 1)
        shift[torch.arange(1, lag + 1), torch.arange(lag)] = 1
        self.layer.weight_hh_l0.data = shift
        self.layer.weight_ih_l0.data = torch.eye(lag + 1)[:, :1]

    def forward(self, x):
        return self.layer(x)[0][..., -1:]


def delayed(lag, steps=40):
    x = torch.rand(30, steps, 1, generator=torch.Generator().manual_seed(0))
    return x, torch.cat([torch.zeros(30, lag, 1), x[:, : steps - lag]], 1)


@pytest.mark.parametrize("lag", [0, 1, 5, 12])
@pytest.mark.parametrize("batch_first", [True, False])
def test_a_delay_remembers_what_it_delays(lag, batch_first):
    x, y = delayed(lag)
    data = (x, y) if batch_first else (x.transpose(0, 1), y.transpose(0, 1))
    made = memory(Delay(lag, batch_first), data, batch_first=batch_first)
    assert made.length == lag + 1
    assert made.curve.full == 0
    told = dict(zip(made.probe.lags, made.probe.scores, strict=True))
    assert all(score > 0.999 for k, score in told.items() if k <= lag)
    assert all(score < 0.1 for k, score in told.items() if k > lag)
    assert made.reach == max(k for k in told if k <= lag)


def test_an_answer_at_the_end():
    x, y = delayed(3)

    class Last(Delay):
        def forward(self, x):
            return super().forward(x)[:, -1]

    made = memory(Last(3), (x, y[:, -1]))
    assert made.length == 4
    assert "uses the last 4 steps" in made.verdict


def test_classes_are_scored_by_cross_entropy_and_other_losses_by_name():
    torch.manual_seed(0)
    model = nn.GRU(2, 3, batch_first=True)
    x, y = torch.randn(20, 6, 2), torch.randint(3, (20, 6))
    expected = nn.functional.cross_entropy(model(x)[0].flatten(0, 1), y.flatten())
    made = memory(model, (x, y))
    assert made.curve.full == pytest.approx(float(expected.detach()), rel=1e-5)
    wrong = memory(model, (x, y), loss=lambda scores, classes: (scores.argmax(-1) != classes).float())
    assert wrong.curve.full == pytest.approx(float((model(x)[0].argmax(-1) != y).float().mean()))


def test_symbols_are_read_through_an_embedding():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(7, 8), nn.GRU(8, 16, batch_first=True))
    x = torch.randint(7, (30, 20))
    made = memory(model, (x, torch.randn(30, 20, 16)))
    assert made.probe.is_symbols
    assert made.probe.scores[0] > 0.9


def test_the_model_is_left_as_it_was():
    model = Delay(2).train()
    before = copy.deepcopy(model.state_dict())
    state = torch.get_rng_state()
    memory(model, delayed(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_what_does_not_fit_is_refused():
    model = nn.GRU(2, 3, batch_first=True)
    x = torch.randn(4, 6, 2)
    with pytest.raises(ValueError, match="data: expected a pair of tensors"):
        memory(model, x)
    with pytest.raises(ValueError, match="targets: expected 4, one a sequence, got shape"):
        memory(model, (x, torch.zeros(5)))
    with pytest.raises(ValueError, match="loss: expected a number for each of 4 answers"):
        memory(model, (x, torch.zeros(4, 3)), loss=nn.functional.mse_loss)
