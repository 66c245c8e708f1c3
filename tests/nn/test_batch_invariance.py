import pytest
import torch

from recurra import nn
from recurra.kernels import compiled
from recurra.nn.batch_invariance import holds_for
from recurra.nn.pooling import Pooling

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())


def _network(*layers):
    return torch.nn.Sequential(torch.nn.Embedding(5, 4), *layers)


@pytest.mark.parametrize("layer", [nn.LSTM(4, 4), nn.GRU(4, 4), nn.Linear(4, 2), nn.CRF(3), Pooling("max", 4)])
def test_layers_on_the_kernels(layer):
    assert holds_for(_network(layer))


@pytest.mark.parametrize(
    "layer",
    [
        nn.LSTM(4, 4, layer_norm=True),
        torch.nn.LSTM(4, 4),
        torch.nn.Linear(4, 2),
        torch.nn.Conv1d(4, 4, 3),
        Pooling("mean", 4),
        Pooling("attention", 4),
        nn.LSTM(4, 4).double(),
    ],
)
def test_other_layers(layer):
    assert not holds_for(_network(layer))


def test_only_kernels_that_run_hold_it(monkeypatch):
    monkeypatch.setattr(compiled, "_loaded", None)
    assert not holds_for(_network(nn.LSTM(4, 4)))
