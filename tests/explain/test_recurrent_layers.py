import pytest
import torch
from torch import nn

import recurra
from recurra.explain.recurrent_layers import as_recurrent, sequence_layers, step_cells


def test_finds_layers_of_torch_and_of_recurra_and_accelerated_ones():
    model = nn.ModuleDict({"a": nn.LSTM(3, 5), "b": recurra.nn.GRU(3, 5), "c": nn.Linear(3, 5), "d": nn.GRUCell(3, 5)})
    recurra.accelerate(model)
    assert list(sequence_layers(model)) == ["a", "b"]
    assert list(step_cells(model)) == ["d"]


def test_cells_inside_layers_are_not_called_by_a_loop():
    model = nn.ModuleList([recurra.nn.LSTM(3, 5), recurra.nn.LSTMCell(5)])
    assert list(step_cells(model)) == ["1"]


def test_cells_are_named_by_name_class_or_themselves():
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh())
    for cell in ("0", nn.Linear, model[0]):
        assert step_cells(model, [cell]) == {"0": model[0]}
    with pytest.raises(ValueError, match="cells: expected modules of the model, their names or classes, got 'lost'"):
        step_cells(model, ["lost"])


@pytest.mark.parametrize("layer", [nn.RNN(3, 5, nonlinearity="relu"), nn.LSTM(3, 5, proj_size=2), nn.GRU(3, 5, 2)])
def test_a_layer_of_torch_is_seen_as_one_of_recurra_over_the_same_weights(layer):
    state = torch.get_rng_state()
    view = as_recurrent(layer)
    assert torch.equal(torch.get_rng_state(), state)
    assert view.mode == layer.mode
    for seen, own in zip(view._flat_weights, layer._flat_weights, strict=True):
        assert seen is own


def test_a_layer_of_recurra_is_itself():
    layer = recurra.nn.LSTM(3, 5)
    assert as_recurrent(layer) is layer
