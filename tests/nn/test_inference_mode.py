"""Layers built, loaded or unpickled under `torch.inference_mode()` run there, and elsewhere without gradients."""

import copy
import io
import pickle

import pytest
import torch
from torch import nn

import recurra
from recurra.nn import CRF, GRU, LSTM, RNN, Linear

MAKE = {
    "rnn": lambda: RNN(4, 5),
    "lstm": lambda: LSTM(4, 5, 2),
    "gru": lambda: GRU(4, 5, 2, bidirectional=True),
    "layer norm": lambda: LSTM(4, 5, layer_norm=True),
    "zoneout": lambda: LSTM(4, 5, zoneout=0.1),
    "projected": lambda: LSTM(4, 5, proj_size=2),
    "residual": lambda: GRU(4, 4, 2, residual=True),
    "checkpointed": lambda: LSTM(4, 5, checkpoint_every=2),
    "started otherwise": lambda: LSTM(4, 5, orthogonal=True, forget_bias=1.0),
    "accelerated lstm": lambda: recurra.accelerate(nn.LSTM(4, 5)),
    "accelerated gru": lambda: recurra.accelerate(nn.GRU(4, 5, bidirectional=True)),
    "accelerated cell": lambda: recurra.accelerate(nn.LSTMCell(4, 128)),
    "accelerated linear": lambda: recurra.accelerate(nn.Linear(4, 128)),
    "linear": lambda: Linear(4, 128),
}


def _loaded(layer: nn.Module) -> nn.Module:
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def _calls(layer: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """The results of all that the layer does without gradients."""
    if isinstance(layer, nn.LSTMCell):
        return list(layer(x.reshape(-1, 4)))
    output = layer(x)
    found = [output[0] if isinstance(output, tuple) else output]
    if isinstance(layer, RNN | LSTM | GRU):
        found += [layer.trace(x)["output"], layer(x, lengths=torch.tensor([2, 5] * 20))[0]]
        if not layer.bidirectional:
            found += [layer.step(x[0])[0], layer.step(x[0], None, layer.pack())[0], layer.step(x[0, 0])[0]]
    return found


@pytest.mark.parametrize("again", [copy.deepcopy, _loaded, lambda layer: pickle.loads(pickle.dumps(layer))])
@pytest.mark.parametrize("kind", MAKE)
def test_a_layer_made_in_inference_mode_runs_there_and_without_gradients(kind, again):
    torch.manual_seed(1)
    x = torch.randn(5, 40, 4)
    ordinary = MAKE[kind]().eval()
    with torch.no_grad():
        expected = _calls(ordinary, x)
    with torch.inference_mode():
        made = MAKE[kind]().eval()
        made.load_state_dict(ordinary.state_dict())
        for layer in (made, again(ordinary), again(made)):
            for _ in range(2):
                torch.testing.assert_close(_calls(layer, x), expected)
    with torch.no_grad():
        torch.testing.assert_close(_calls(made, x), expected)
        torch.testing.assert_close(_calls(again(made), x), expected)


@pytest.mark.parametrize("kind", ["lstm", "accelerated lstm"])
def test_a_change_made_in_inference_mode_is_seen(kind):
    torch.manual_seed(1)
    x = torch.randn(5, 2, 4)
    with torch.inference_mode():
        layer = MAKE[kind]()
        before = layer(x)[0]
        layer.weight_hh_l0.data[:, 3] = 0
        assert not torch.equal(layer(x)[0], before)


@pytest.mark.parametrize("make", [nn.LSTMCell, nn.GRUCell])
def test_a_cell_made_in_inference_mode_is_torchs_where_gradients_are_recorded(make):
    with torch.inference_mode():
        cell = make(4, 128)
        fast = recurra.accelerate(copy.deepcopy(cell))
    x = torch.randn(70, 4)
    torch.testing.assert_close(fast(x), cell(x))


def test_a_crf_made_in_inference_mode_scores_and_decodes():
    scores, labels = torch.randn(2, 5, 3), torch.randint(3, (2, 5))
    lengths = torch.tensor([5, 3])
    ordinary = CRF(3)
    with torch.inference_mode():
        crf = CRF(3)
        crf.load_state_dict(ordinary.state_dict())
        found = crf(scores, labels, lengths), crf.decode(scores, lengths)
    with torch.no_grad():
        assert torch.equal(found[0], ordinary(scores, labels, lengths))
        assert str(found[1]) == str(ordinary.decode(scores, lengths))
