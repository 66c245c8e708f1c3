"""Short sequences and steps on PyTorch's own functions: held to the kernels, and never over weights as they were."""

from functools import partial

import pytest
import torch

from recurra import kernels
from recurra.kernels import stream_step
from recurra.nn import GRU, LSTM, RNN

OURS = {"rnn": RNN, "relu": partial(RNN, nonlinearity="relu"), "lstm": LSTM, "gru": GRU}
is_short = kernels.is_short


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("kind", ["rnn", "relu", "gru"])
def test_short_sequences_on_torchs_function_are_those_on_the_kernels(kind, learns, batch_first, started, monkeypatch):
    torch.manual_seed(1)
    layer, x = OURS[kind](3, 4, 2, bidirectional=True, batch_first=batch_first), torch.randn(1, 1, 3)
    x = torch.randn(2, 1, 3) if batch_first else torch.randn(1, 2, 3)
    state = torch.randn(4, 2, 4) if started else None
    with torch.set_grad_enabled(learns):
        long = layer(x, state)
        monkeypatch.setattr(kernels, "is_short", is_short)
        monkeypatch.setattr(layer, "_run", None)  # which is for what is not short
        short = layer(x, state)
    assert short[0].requires_grad == learns
    torch.testing.assert_close(short, long)


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_short_sequences_that_do_not_fit_are_refused_as_long_ones(kind, monkeypatch):
    monkeypatch.setattr(kernels, "is_short", is_short)
    layer, x = OURS[kind](3, 4), torch.randn(1, 2, 3)
    wrong = [(x[..., :2], None), (x, torch.randn(1, 1, 4)), (x.double(), None), (x, torch.randn(1, 2, 4).double())]
    for arguments in wrong:
        with pytest.raises(ValueError, match="expected"):
            layer(*arguments)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("batch", [None, 1, 3])
@pytest.mark.parametrize("kind", OURS)
def test_a_step_over_the_weights_as_they_are_is_that_over_packed_ones(kind, batch, started, bias, monkeypatch):
    torch.manual_seed(1)
    layer, x = OURS[kind](3, 4, 2, bias=bias), torch.randn(*(() if batch is None else (batch,)), 3)
    with torch.no_grad():
        state = layer.step(x)[1] if started else None
        packed = layer.step(x, state)
        monkeypatch.setattr(stream_step, "is_worth_checking", lambda *_: False)
        monkeypatch.setattr(layer, "_checked_step", None)  # which is for what is not plain
        direct = layer.step(x, state)
    torch.testing.assert_close(direct, packed)


@pytest.mark.parametrize("kind", OURS)
def test_no_step_sees_weights_as_they_were(kind):
    layer, x = OURS[kind](16, 256), torch.ones(1, 16)
    with torch.no_grad():
        for streams in (1, 64):  # over the weights as they are, and over packed ones
            before = layer.step(x.expand(streams, -1))[0]
            layer.weight_ih_l0.data[:, 3] += 1.0
            assert not torch.allclose(layer.step(x.expand(streams, -1))[0], before)
