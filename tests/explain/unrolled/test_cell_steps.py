import pytest
import torch
from torch import nn

import recurra
from recurra.explain.recording import Recorder
from recurra.explain.unrolled import named_values


def run(cell, x, state):
    states = []
    for step in x:
        state = cell(step, state)
        states.append(state)
    return states


@pytest.mark.parametrize("with_state", [True, False])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_states_and_gates_are_those_of_a_layer_with_the_same_weights(kind, with_state):
    torch.manual_seed(0)
    cell, layer = getattr(nn, f"{kind}Cell")(3, 5), getattr(recurra.nn, kind)(3, 5)
    layer.load_state_dict({f"{name}_l0": weight for name, weight in cell.state_dict().items()})
    x, h, c = torch.randn(7, 2, 3), torch.randn(2, 5), torch.randn(2, 5)
    state = None if not with_state else (h, c) if kind == "LSTM" else h
    with Recorder(cell) as recorder:
        run(cell, x, state)
    stacked = None if state is None else tuple(p[None] for p in state) if kind == "LSTM" else state[None]
    expected = layer.trace(x, stacked)
    expected.pop("output")
    found = named_values(recorder.calls[0])
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value)


def test_one_sequence_without_a_batch():
    cell = nn.GRUCell(3, 5)
    with Recorder(cell) as recorder:
        run(cell, torch.randn(7, 3), None)
    assert named_values(recorder.calls[0])["h_l0"].shape == (7, 1, 5)
