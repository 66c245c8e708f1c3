"""The states of a layer, taken out of one call of a network."""

import numpy as np
import pytest
import torch
from torch import nn

import recurra
from recurra.explain.memory.subject import drawn, last_states, untrained_network


def test_states_of_the_last_layer_or_of_one_that_is_named():
    model = nn.ModuleList([nn.GRU(2, 3), recurra.nn.LSTM(3, 4)])
    x = torch.randn(5, 2, 2)

    def run():
        return model[1](model[0](x)[0])

    expected = run()[0].detach().numpy()
    states = last_states(model, run)
    assert len(states) == 2
    np.testing.assert_allclose(states[1], expected[:, 1], atol=1e-6)
    assert last_states(model, run, model[0])[0].shape == (5, 3)


def test_sequences_end_where_they_end():
    layer = recurra.nn.GRU(2, 3, batch_first=True)
    states = last_states(layer, lambda: layer(torch.randn(2, 5, 2), lengths=torch.tensor([2, 5])))
    assert [len(part) for part in states] == [2, 5]


def test_a_layer_that_is_called_step_by_step_has_all_of_its_steps():
    layer = nn.GRU(2, 3)
    x = torch.randn(4, 2, 2)

    def run():
        state = None
        for step in x:
            _, state = layer(step.unsqueeze(0), state)

    np.testing.assert_allclose(last_states(layer, run)[0], layer(x)[0][:, 0].detach(), atol=1e-6)


def test_cells_in_a_loop():
    cell = nn.GRUCell(2, 3)

    def run():
        h = torch.zeros(2, 3)
        for _ in range(4):
            h = cell(torch.ones(2, 2), h)

    assert [part.shape for part in last_states(cell, run)] == [(4, 3), (4, 3)]


def test_a_layer_that_is_not_called_is_refused():
    with pytest.raises(ValueError, match="one that calls a recurrent layer, got one that calls none"):
        last_states(nn.GRU(2, 3), lambda: None)


def test_places_are_drawn_in_their_order():
    rng = np.random.default_rng(0)
    assert drawn([1, 2, 3], 10, rng) == [1, 2, 3]
    some = drawn(range(100), 20, rng)
    assert len(set(some)) == 20
    assert some == sorted(some)


def test_an_untrained_network_begins_as_the_training_did(classifier, series):
    before = torch.get_rng_state()
    fresh = untrained_network(classifier)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(fresh.standardize.mean, classifier.network.standardize.mean)
    assert not torch.equal(fresh.head.weight, classifier.network.head.weight)
    assert torch.equal(fresh.head.weight, untrained_network(classifier).head.weight)
    assert not fresh.training
