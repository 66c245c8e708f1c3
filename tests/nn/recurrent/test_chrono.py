import pytest
import torch

from recurra.nn import GRU, LSTM, RNN
from recurra.nn.recurrent.chrono import start_with_memory


@pytest.mark.parametrize("bidirectional", [False, True])
def test_an_lstm_begins_with_memories_of_up_to_so_many_steps(bidirectional):
    torch.manual_seed(1)
    layer = LSTM(3, 200, num_layers=2, bidirectional=bidirectional)
    start_with_memory(layer, 100)
    for suffix in layer._suffixes:
        i, f, g, _ = (layer.get_parameter("bias_ih" + suffix) + layer.get_parameter("bias_hh" + suffix)).split(200)
        times = f.exp()
        assert 1 <= times.min() < 5
        assert 95 < times.max() <= 99
        torch.testing.assert_close(i, -f)
        assert g.abs().max() < 0.2  # as it was


def test_a_gru_begins_with_its_update_gate():
    layer = GRU(3, 200)
    start_with_memory(layer, 100)
    r, z, _ = (layer.bias_ih_l0 + layer.bias_hh_l0).split(200)
    assert z.min() >= 0
    assert z.exp().max() > 95
    assert r.abs().max() < 0.2


def test_a_memory_lasts_as_long_as_the_bias_says():
    layer = GRU(1, 50)
    start_with_memory(layer, 50)
    with torch.no_grad():
        for weight in (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0[100:], layer.bias_hh_l0[100:]):
            weight.zero_()
        times = 1 + layer.bias_ih_l0[50:100].exp()  # of a gate of sigmoid(log u), u / (u + 1) is kept a step
        _, state = layer(torch.zeros(10, 1, 1), torch.ones(1, 1, 50))
    torch.testing.assert_close(state[0, 0], (1 - 1 / times) ** 10)


@pytest.mark.parametrize("layer", [RNN(3, 4), LSTM(3, 4, bias=False)])
def test_a_layer_without_such_gates_is_refused(layer):
    with pytest.raises(ValueError, match=r"^chrono: expected a cell with a gate f or z and biases"):
        start_with_memory(layer, 10)
