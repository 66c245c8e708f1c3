"""States and gates of the layer that reads."""

import numpy as np
import pytest
import torch
from torch import nn

import recurra
from recurra.explain.activations.subject import Subject, recorded


def test_states_and_gates_are_those_of_trace():
    torch.manual_seed(0)
    layer = recurra.nn.LSTM(2, 3, num_layers=2, bidirectional=True, batch_first=True)
    x, lengths = torch.randn(2, 5, 2), torch.tensor([3, 5])
    found = recorded(Subject(layer, lambda: layer(x, lengths=lengths), None, {}))
    traced = layer.trace(x, lengths=lengths)
    assert set(found.values) == set(traced) - {"output"}
    for name, parts in found.values.items():
        assert [len(part) for part in parts] == [3, 5]
        np.testing.assert_allclose(parts[0], traced[name][0, :3].detach(), atol=1e-6)
    assert {name[0] for name in found.states} == {"h", "c"}


def test_the_layer_that_is_named_or_the_last_one():
    model = nn.ModuleList([nn.GRU(2, 3), nn.RNN(3, 4)])
    x = torch.randn(5, 1, 2)

    def run():
        model[1](model[0](x)[0])

    assert "r_l0" in recorded(Subject(model, run, model[0], {})).values
    assert recorded(Subject(model, run, None, {})).values["h_l0"][0].shape == (5, 4)


def test_a_layer_that_is_not_called_is_refused():
    with pytest.raises(ValueError, match="one that calls none"):
        recorded(Subject(nn.GRU(2, 3), lambda: None, None, {}))
