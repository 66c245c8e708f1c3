"""Each verdict on a model that was made to fail that way."""

import pytest
import torch
from torch import nn

import recurra
from recurra.explain import gradients
from recurra.explain.gradients.half_life import fading
from recurra.explain.gradients.layer_gradients import LayerGradients
from recurra.explain.gradients.verdict import EXPLODING, HEALTHY, SATURATED, VANISHING, gravest


def with_radius(layer, radius):
    """Recurrent weights of which every direction is stretched alike."""
    with torch.no_grad():
        nn.init.orthogonal_(layer.weight_hh_l0)
        layer.weight_hh_l0.mul_(radius)
    return layer


def explained(layer, x=None, **settings):
    torch.manual_seed(0)
    return gradients(nn.Sequential(layer), torch.randn(30, 8, 3) if x is None else x, **settings)


@pytest.mark.parametrize("package", [nn, recurra.nn])
def test_small_recurrent_weights_vanish(package):
    found = explained(with_radius(package.RNN(3, 16), 0.3))
    assert found.word == VANISHING
    assert found.layers[0].fading.half_life < 1
    assert str(found).startswith("Gradients: vanishing. In 0 (RNN_TANH) half of a gradient is left 0.5")
    assert found.proposals[:2] == ["lstm", "gru"]


@pytest.mark.parametrize("package", [nn, recurra.nn])
def test_large_recurrent_weights_of_a_rectifier_explode(package):
    found = explained(with_radius(package.RNN(3, 16, nonlinearity="relu"), 3))
    assert found.word == EXPLODING
    assert "a gradient grows" in found.verdict
    assert found.proposals[0] == "clipping"


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_inputs_in_the_thousands_saturate(kind):
    found = explained(getattr(nn, kind)(3, 16), 1e3 * torch.randn(30, 8, 3))
    assert found.word == SATURATED
    assert found.proposals[0] == "standardized"


def test_a_rectifier_whose_units_are_dead_is_saturated():
    layer = nn.RNN(3, 16, nonlinearity="relu")
    nn.init.constant_(layer.bias_ih_l0, -20.0)
    found = explained(layer)
    assert found.word == SATURATED
    assert "100% of the units are dead" in found.verdict


def test_orthogonal_weights_are_healthy():
    layer = with_radius(nn.RNN(3, 64), 1.0)
    found = explained(layer, 0.1 * torch.randn(30, 8, 3))
    assert found.word == HEALTHY
    assert found.proposals == []


def test_an_lstm_fades_at_the_start_and_not_with_an_open_forget_gate():
    closed, opened = recurra.nn.LSTM(3, 16), recurra.nn.LSTM(3, 16, forget_bias=6.0)
    assert explained(closed).word == VANISHING
    assert "forget_bias" in explained(closed).proposals
    found = explained(opened)
    assert found.word == HEALTHY
    assert found.layers[0].saturated["f"] > 0.9  # an open forget gate alone is no fault


def layer(ratios):
    return LayerGradients("rnn", "RNN_TANH", {"h": [1.0]}, fading(ratios), None)


def test_the_gravest_verdict_counts():
    healthy, vanishing, gone, exploding = (layer([1.0, x]) for x in (0.5, 1e-4, 1e-9, 1e4))
    assert gravest([healthy, vanishing, exploding, gone]) == 2
    assert gravest([healthy, vanishing, gone]) == 2
    assert gravest([layer([1.0, 0.9]), healthy]) == 1


def test_one_step_is_healthy():
    assert explained(nn.RNN(3, 4), torch.randn(1, 2, 3)).word == HEALTHY
