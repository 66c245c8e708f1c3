import pytest
import torch

from recurra import nn
from recurra.nn.reduced_precision import why_not


@pytest.mark.parametrize(
    "layer", [nn.RNN(3, 4), nn.LSTM(3, 4, 2, bidirectional=True), nn.GRU(3, 4, residual=True)], ids=str
)
def test_layers_that_take_packed_steps_can(layer):
    assert why_not(torch.nn.Sequential(layer)) == ""


@pytest.mark.parametrize("settings", [{"proj_size": 2}, {"layer_norm": True}, {"zoneout": 0.1}], ids=str)
def test_a_layer_that_takes_none_is_named(settings):
    network = torch.nn.ModuleDict({"first": nn.LSTM(3, 4), "second": nn.LSTM(4, 4, **settings)})
    assert why_not(network).startswith("second has layer norm, zoneout, a projection or a cell")


def test_what_else_cannot_is_said():
    assert why_not(torch.nn.Linear(3, 4)) == "it has no recurrent layer"
    assert why_not(nn.GRU(3, 4, dtype=torch.float64)) == "its parameters are torch.float64"
    assert why_not(nn.GRU(3, 4, device="meta")).startswith("its weights are on meta, where fewer bits are not computed")
