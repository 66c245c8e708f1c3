import math

import pytest
import torch
from torch import nn

import recurra
from recurra.explain import gradients


class Two(nn.Module):
    """Two layers one over the other; between them a number may be spoilt."""

    def __init__(self, kind=nn.LSTM, step=None, **settings):
        super().__init__()
        self.layers = nn.ModuleList([kind(3, 5, **settings), kind(5 * (2 if settings else 1), 5, **settings)])
        self.step = step

    def forward(self, x):
        x, _ = self.layers[0](x)
        if self.step is not None:
            spoilt = torch.zeros_like(x)
            spoilt[self.step, 1, 2] = math.nan
            x = x + spoilt
        return self.layers[1](x)[0]


def test_the_first_step_and_layer_of_the_forward_pass():
    found = gradients(Two(step=17), torch.randn(30, 2, 3))
    assert found.word == "not finite"
    assert (found.not_finite.phase, found.not_finite.step) == ("forward", 17)
    assert found.not_finite.layer == "layers.1_l0"
    assert str(found).startswith(
        "Gradients: not finite, first at step 17 of the forward pass, layer layers.1_l0, from outside: its input."
    )


def test_layers_below_are_finite_and_named():
    x = torch.randn(30, 2, 3)
    x[20, 0, 1] = math.inf
    found = gradients(Two(), x)
    assert (found.not_finite.layer, found.not_finite.value, found.not_finite.step) == ("layers.0_l0", "input", 20)


def test_a_cell_that_gives_nan_inside_a_stack():
    class Brittle(recurra.nn.GRUCell):
        calls = 0

        def forward(self, x, u, state):
            values = super().forward(x, u, state)
            self.calls += 1
            if self.calls % 30 == 18 and getattr(self, "is_brittle", False):
                values["h"] = values["h"] * math.nan
            return values

    layer = recurra.nn.Recurrent(Brittle, 3, 5, num_layers=2)
    layer.cells[1].is_brittle = True
    found = gradients(layer, torch.randn(30, 2, 3))
    assert (found.not_finite.layer, found.not_finite.value, found.not_finite.step) == ("Brittle_l1", "h", 17)


def test_what_explodes_to_infinity_is_found_where_it_does():
    layer = nn.RNN(1, 4, nonlinearity="relu")
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.weight_hh_l0.copy_(10 * torch.eye(4))
        layer.bias_ih_l0.fill_(1.0)
    found = gradients(layer, torch.zeros(60, 1, 1))
    expected = next(step for step in range(60) if sum(10.0**n for n in range(step + 1)) > 3.4e38)
    assert (found.not_finite.value, found.not_finite.step) == ("h", expected)


def test_weights_that_are_not_finite_are_named():
    model = Two()
    with torch.no_grad():
        model.layers[1].weight_hh_l0[3, 2] = math.nan
    found = gradients(model, torch.randn(8, 2, 3))
    assert "the weights layers.1.weight_hh_l0 hold what is not finite" in found.verdict


def test_the_loss():
    found = gradients(Two(), torch.randn(8, 2, 3), loss=lambda y: y.sum() * math.inf)
    assert found.not_finite.phase == "loss"


def test_the_way_back():
    found = gradients(Two(), torch.randn(8, 2, 3), loss=lambda y: (y[5] - y[5].detach()).sqrt().sum() + y.sum())
    assert (found.not_finite.phase, found.not_finite.step) == ("backward", 5)
    assert found.not_finite.layer == "layers.1"


@pytest.mark.parametrize("cls", [nn.GRU, recurra.nn.GRU])
def test_the_numbers_are_ready_for_json(cls):
    numbers = gradients(Two(cls, step=3), torch.randn(8, 2, 3)).numbers()
    assert numbers["verdict"] == "not finite"
    assert numbers["not_finite"]["step"] == 3
    assert numbers["layers"][1]["gradient_norm_by_step"]["h"][0] is None


def test_the_backward_direction_counts_steps_in_time():
    model = Two(bidirectional=True)
    x = torch.randn(12, 2, 3)
    x[4, 1, 0] = math.nan
    found = gradients(model, x)
    assert found.not_finite.step == 4
