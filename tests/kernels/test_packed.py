import pytest
import torch

from recurra.kernels import native, packed
from recurra.nn import GRU, LSTM, RNN

GATES = {"rnn_tanh": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("mode", GATES)
def test_a_packed_step_is_torchs_step(mode, bias):
    torch.manual_seed(1)
    size, inputs, hidden = 3, 5, 7
    shapes = [(inputs,), (hidden,)] + [()] * 2 * bias
    weights = [torch.randn(GATES[mode] * hidden, *shape, dtype=torch.float64) for shape in shapes]
    x = torch.randn(size, inputs, dtype=torch.float64)
    states = tuple(torch.randn(size, hidden, dtype=torch.float64) for _ in range(2 if mode == "lstm" else 1))
    expected = native.step(mode, x, states, weights if bias else [*weights, None, None])
    found = packed.step(mode, x, states, packed.pack(mode, weights))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("layer", [RNN, LSTM, GRU])
def test_a_layer_steps_over_packed_weights_as_over_its_own(layer):
    torch.manual_seed(1)
    stack = layer(5, 5, 3, residual=True, dtype=torch.float64)
    weights, state, packed_state = stack.pack(), None, None
    for x in torch.randn(4, 2, 5, dtype=torch.float64):
        output, state = stack.step(x, state)
        packed_output, packed_state = stack.step(x, packed_state, weights)
        torch.testing.assert_close(packed_output, output, rtol=0, atol=1e-12)


def test_packed_weights_are_a_copy():
    layer = LSTM(2, 3)
    weights, x = layer.pack(), torch.randn(1, 2)
    before, _ = layer.step(x, None, weights)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(1.0)
    after, _ = layer.step(x, None, weights)
    assert torch.equal(before, after)
    assert not torch.equal(after, layer.step(x)[0])


@pytest.mark.parametrize("settings", [{"layer_norm": True}, {"zoneout": 0.1}, {"proj_size": 2}], ids=str)
def test_a_layer_without_a_packed_step_says_so_and_steps_all_the_same(settings):
    layer = LSTM(3, 4, **settings)
    assert layer.pack() is None
    x = torch.randn(2, 3)
    assert torch.equal(layer.step(x, None, layer.pack())[0], layer.step(x)[0])
