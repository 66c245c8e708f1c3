import pytest
import torch
from torch.nn.utils.rnn import pack_sequence

from recurra.kernels import FUSED_CELLS, native

I, H, T, B = 3, 4, 6, 2  # noqa: E741

LAYERS = {
    "rnn_tanh": lambda **more: torch.nn.RNN(I, H, **more),
    "rnn_relu": lambda **more: torch.nn.RNN(I, H, nonlinearity="relu", **more),
    "lstm": lambda **more: torch.nn.LSTM(I, H, **more),
    "gru": lambda **more: torch.nn.GRU(I, H, **more),
}


def _states(mode, directions, size=B):
    return tuple(torch.randn(directions, size, H) for _ in range(2 if mode == "lstm" else 1))


def _as_torch(states):
    return states[0] if len(states) == 1 else states


def _run(mode, layer, x, batch_sizes, states):
    settings = {"bias": layer.bias, "bidirectional": layer.bidirectional, "training": layer.training}
    return native.sequence(FUSED_CELLS[mode], x, batch_sizes, list(layer.parameters()), states, **settings)


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one direction", "two"])
@pytest.mark.parametrize("mode", LAYERS)
def test_a_layer_runs_as_torchs_does(mode, bidirectional, bias):
    torch.manual_seed(1)
    layer = LAYERS[mode](bidirectional=bidirectional, bias=bias)
    x, states = torch.randn(T, B, I), _states(mode, 1 + bidirectional)
    output, final = _run(mode, layer, x, None, states)
    expected, last = layer(x, _as_torch(states))
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(_as_torch(final), last)


@pytest.mark.parametrize("mode", LAYERS)
def test_packed_rows_run_as_torchs_do(mode):
    torch.manual_seed(1)
    layer = LAYERS[mode](bidirectional=True)
    packed, states = pack_sequence([torch.randn(n, I) for n in (5, 3, 1)]), _states(mode, 2, 3)
    output, final = _run(mode, layer, packed.data, packed.batch_sizes, states)
    expected, last = layer(packed, _as_torch(states))
    torch.testing.assert_close(output, expected.data)
    torch.testing.assert_close(_as_torch(final), last)


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_an_lstm_with_projection_runs_as_torchs_does():
    torch.manual_seed(1)
    layer = LAYERS["lstm"](proj_size=2)
    x, states = torch.randn(T, B, I), (torch.randn(1, B, 2), torch.randn(1, B, H))
    output, final = _run("lstm", layer, x, None, states)
    expected, last = layer(x, states)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(final, last)


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("mode", LAYERS)
def test_steps_one_by_one_are_the_sequence(mode, bias):
    torch.manual_seed(1)
    layer = LAYERS[mode](bias=bias).double()
    x, states = torch.randn(T, B, I).double(), tuple(state.double() for state in _states(mode, 1))
    output, final = _run(mode, layer, x, None, states)
    weights = [*layer.parameters(), *[None, None] * (not bias)]
    now = tuple(state[0] for state in states)
    for t in range(T):
        now = native.step(FUSED_CELLS[mode], x[t], now, weights)
        torch.testing.assert_close(now[0], output[t])
    torch.testing.assert_close(tuple(part[0] for part in final), now)
