import copy

import pytest
import torch
from torch import nn

import recurra
from recurra.explain.gradients import layer_change


class Model(nn.Module):
    """Written for a layer whose state is h alone, or (h, c)."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.has_memory = isinstance(layer, nn.LSTM | recurra.nn.LSTM)

    def forward(self, x):
        output, state = self.layer(x)
        return output, state[0] if self.has_memory else state


@pytest.mark.parametrize("package", [nn, recurra.nn])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_orthogonal_start_makes_every_gate_orthogonal(package, kind):
    model = Model(getattr(package, kind)(3, 5, num_layers=2, bidirectional=True))
    assert layer_change.start_orthogonal(model)
    for name in ("weight_hh_l0", "weight_hh_l1_reverse"):
        for block in getattr(model.layer, name).split(5):
            torch.testing.assert_close(block @ block.T, torch.eye(5))


def test_orthogonal_start_of_a_cell_in_a_loop():
    model = nn.Sequential(nn.GRUCell(3, 5))
    assert layer_change.start_orthogonal(model)
    block = model[0].weight_hh[:5]
    torch.testing.assert_close(block @ block.T, torch.eye(5))


@pytest.mark.parametrize("layer", [nn.LSTM(3, 5, 2), recurra.nn.LSTM(3, 5, 2), nn.LSTMCell(3, 5)])
def test_forget_gates_are_opened(layer):
    assert layer_change.open_forget_gates(nn.Sequential(layer))
    suffix = "" if isinstance(layer, nn.LSTMCell) else "_l0"
    assert getattr(layer, f"bias_ih{suffix}")[5:10].tolist() == [1.0] * 5
    assert getattr(layer, f"bias_hh{suffix}")[5:10].tolist() == [0.0] * 5
    assert 1.0 not in getattr(layer, f"bias_ih{suffix}")[:5].tolist()


def test_what_has_no_forget_gate_is_left():
    assert not layer_change.open_forget_gates(Model(nn.GRU(3, 5)))
    assert not layer_change.open_forget_gates(Model(nn.LSTM(3, 5, bias=False)))


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("package", [nn, recurra.nn])
@pytest.mark.parametrize("change", ["become_lstm", "become_gru"])
def test_another_cell_fits_into_the_model(package, change, batch_first):
    model = Model(package.RNN(3, 5, num_layers=2, bidirectional=True, batch_first=batch_first, dropout=0.25))
    x = torch.randn(2, 7, 3)
    before = model(x)
    assert getattr(layer_change, change)(model)
    assert isinstance(model.layer, recurra.nn.Recurrent)
    assert model.layer.mode == change.removeprefix("become_").upper()
    assert model.layer.dropout == 0.25
    for a, b in zip(before, model(x), strict=True):
        assert a.shape == b.shape


def test_an_lstm_in_the_place_of_another_layer_goes_on_from_a_state():
    model = Model(nn.GRU(3, 5))
    layer_change.become_lstm(model)
    output, state = model.layer(torch.randn(4, 2, 3), torch.ones(1, 2, 5))
    assert state.shape == (1, 2, 5)
    assert torch.equal(output[-1], state[0])


def test_a_cell_that_is_there_already_is_left():
    assert not layer_change.become_lstm(Model(nn.LSTM(3, 5)))
    assert not layer_change.become_gru(Model(nn.GRU(3, 5)))
    assert not layer_change.become_gru(Model(nn.LSTM(3, 5)))


@pytest.mark.parametrize("layer", [nn.LSTM(5, 5, 2), recurra.nn.GRU(5, 5, 2), nn.RNN(5, 5, 2, nonlinearity="relu")])
def test_norms_and_residuals_keep_the_weights(layer):
    weights = copy.deepcopy(layer.state_dict())
    model = Model(layer)
    assert layer_change.add_residuals(model)
    assert model.layer.residual
    assert layer_change.normalize(model)
    assert model.layer.residual
    assert model.layer.layer_norm
    for name, weight in weights.items():
        assert torch.equal(model.layer.state_dict()[name], weight)
    model.layer(torch.randn(4, 2, 5))


def test_one_layer_has_nothing_to_go_around():
    assert not layer_change.add_residuals(Model(nn.LSTM(5, 5)))
