"""Each cure on a case that was made to fail in the way that it is against."""

from functools import partial

import pytest
import torch
from torch import nn

import recurra
from recurra.explain.gradients import gradients
from recurra.explain.gradients.trials import Schooling, try_cures


class Recall(nn.Module):
    """Tells at the end what stood at the beginning."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.head = nn.Linear(layer.hidden_size, 1)

    def forward(self, x):
        return self.head(self.layer(x)[0][-1]).squeeze(-1)


def recall_batches(steps=15, count=20):
    torch.manual_seed(0)
    inputs = [torch.randn(steps, 16, 2) for _ in range(count)]
    return [(x, x[0, :, 0]) for x in inputs]


def with_radius(layer, radius):
    with torch.no_grad():
        nn.init.orthogonal_(layer.weight_hh_l0)
        layer.weight_hh_l0.mul_(radius)
    return layer


def tried(model, batches, cures, steps=30, optimizer=None):
    schooling = Schooling(batches, steps, optimizer, seed=1)
    trials = try_cures(model, batches[0], nn.functional.mse_loss, (), cures, schooling)
    return {trial.cure: trial for trial in trials}


@pytest.mark.parametrize("package", [nn, recurra.nn])
def test_cures_of_a_gradient_that_vanishes(package):
    model = Recall(with_radius(package.RNN(2, 24), 0.3))
    found = tried(model, recall_batches(), ["orthogonal", "lstm", "gru", "layer_norm"], steps=60)
    untreated = found[None]
    assert untreated.before.word == "vanishing"
    for cure in ("orthogonal", "lstm", "gru", "layer_norm"):
        assert found[cure].before.half_life > 2 * untreated.before.half_life
    assert found["orthogonal"].before.word == "healthy"
    assert found["orthogonal"].loss < 0.5 * untreated.loss


def test_an_open_forget_gate_against_an_lstm_that_forgets():
    layer = nn.LSTM(2, 24)
    found = tried(Recall(layer), recall_batches(), ["forget_bias"])
    assert found["forget_bias"].before.half_life > 1.5 * found[None].before.half_life


def test_residual_connections_carry_gradients_down_a_stack():
    torch.manual_seed(0)
    layer = nn.RNN(24, 24, num_layers=4)
    for number in range(4):
        nn.init.normal_(getattr(layer, f"weight_ih_l{number}"), std=0.02)
    model = nn.Sequential(nn.Linear(2, 24), Recall(layer))
    found = tried(model, recall_batches(), ["residual"], steps=5)
    lowest = [max(trial.before.layers[0].by_step["h"]) for trial in (found[None], found["residual"])]
    assert lowest[1] > 100 * lowest[0]


def test_clipping_against_an_explosion():
    torch.manual_seed(0)
    model = Recall(with_radius(nn.RNN(2, 16, nonlinearity="relu"), 3.0))
    sgd = partial(torch.optim.SGD, lr=0.01)
    found = tried(model, recall_batches(), ["clipping", "orthogonal"], optimizer=sgd)
    assert found[None].before.word == "exploding"
    assert found[None].diverged is not None
    assert found["clipping"].diverged is None
    assert found["orthogonal"].diverged is None
    assert found["orthogonal"].before.word == "healthy"


def test_shorter_windows_against_an_explosion():
    torch.manual_seed(0)
    layer = nn.RNN(2, 8, nonlinearity="relu")
    with torch.no_grad():
        layer.weight_hh_l0.copy_(1.5 * torch.eye(8))
        layer.bias_ih_l0.fill_(1.0)  # no unit rests
    batches = [(torch.randn(16, 8, 2), torch.randn(16, 8, 8)) for _ in range(4)]

    class EveryStep(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            return self.layer(x)[0]

    found = tried(EveryStep(), batches, ["shorter", "longer"], steps=4, optimizer=partial(torch.optim.SGD, lr=1e-9))
    assert max(found["shorter"].losses) < 0.1 * max(found[None].losses)
    assert max(found["longer"].losses) > 10 * max(found[None].losses)


def test_inputs_of_deviation_1_against_saturation():
    batches = [(1e3 * x, y) for x, y in recall_batches(steps=6)]
    model = Recall(with_radius(nn.RNN(2, 24), 0.9))
    found = tried(model, batches, ["standardized"], steps=40)
    assert found[None].before.word == "saturated"
    assert found["standardized"].before.word == "healthy"
    assert found["standardized"].before.layers[0].saturated["h"] < 0.2
    assert found["standardized"].loss < found[None].loss


def test_trials_are_the_same_each_time():
    model = Recall(nn.RNN(2, 8))
    losses = [tried(model, recall_batches(), ["gru"], steps=5)["gru"].losses for _ in range(2)]
    assert losses[0] == losses[1]


def test_of_the_explanation_those_that_are_proposed():
    batches = recall_batches()
    explanation = gradients(
        Recall(with_radius(nn.RNN(2, 8), 0.3)), batches[0], nn.functional.mse_loss, cure=True, batches=batches, steps=2
    )
    # every step has to have its target for shorter windows
    assert [trial.cure for trial in explanation.trials] == [None, "lstm", "gru", "orthogonal", "layer_norm"]
