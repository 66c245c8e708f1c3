"""Vectors taken where a layer reads them, and put back."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import recurra
from recurra.explain.attribution.layer_input import reading_layer, replaced, taken

SYMBOLS = torch.tensor([[1, 2, 3], [4, 5, 0]])
LENGTHS = torch.tensor([3, 2])


class Embedded(nn.Module):
    """Reads symbols by an embedding of its own."""

    def __init__(self, kind, batch_first=True):
        super().__init__()
        self.embedding, self.layer = nn.Embedding(6, 4), kind(4, 5, batch_first=batch_first)

    def forward(self, symbols):
        return self.layer(self.embedding(symbols))[0]


class LookedUp(Embedded):
    """Lets the layer look the vectors up."""

    def forward(self, symbols):
        return self.layer(symbols, embedding=self.embedding.weight)[0]


class Packed(Embedded):
    """Packs what it reads."""

    def forward(self, symbols):
        packed = pack_padded_sequence(symbols, LENGTHS, batch_first=True, enforce_sorted=False)
        return self.layer(packed, embedding=self.embedding.weight)[0].data


NETWORKS = [
    lambda: Embedded(nn.LSTM),
    lambda: Embedded(recurra.nn.GRU),
    lambda: Embedded(nn.GRU, batch_first=False),
    lambda: LookedUp(recurra.nn.LSTM),
    lambda: LookedUp(recurra.nn.RNN, batch_first=False),
    lambda: Packed(recurra.nn.GRU),
]


@pytest.fixture(params=NETWORKS)
def network(request):
    torch.manual_seed(0)
    return request.param().eval()


def test_vectors_put_back_where_they_were_taken_change_nothing(network):
    first = network.layer.batch_first
    symbols = SYMBOLS if first else SYMBOLS.T

    def run():
        return network(symbols)

    layer = reading_layer(network, run)
    assert isinstance(layer, nn.Embedding) == (type(network) is Embedded)
    vectors = taken(layer, run, first)
    expected = network.embedding(SYMBOLS)
    if isinstance(network, Packed):
        expected[1, 2] = 0
    torch.testing.assert_close(vectors, expected)
    with replaced(layer, vectors, first):
        torch.testing.assert_close(run(), network(symbols))
    with replaced(layer, torch.zeros_like(vectors), first):
        changed = run()
        again = run()
    assert not torch.allclose(changed, again)  # only the first call reads other vectors
    torch.testing.assert_close(again, run())


def test_gradients_reach_the_vectors(network):
    first = network.layer.batch_first
    symbols = SYMBOLS if first else SYMBOLS.T
    layer = reading_layer(network, lambda: network(symbols))
    vectors = taken(layer, lambda: network(symbols), first).requires_grad_()
    with replaced(layer, vectors, first):
        network(symbols).sum().backward()
    assert vectors.grad[:, 0].abs().sum() > 0


def test_hooks_are_gone_even_where_the_network_fails(network):
    def fail():
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        reading_layer(network, fail)
    with pytest.raises(RuntimeError, match="broken"), replaced(network.embedding, torch.zeros(1)):
        fail()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # of what torch.compile loads
def test_a_compiled_network_is_refused():
    network = torch.compile(Embedded(nn.GRU))  # nothing is compiled before it is called
    with pytest.raises(ValueError, match=r"expected one that torch\.compile has not compiled"):
        reading_layer(network, lambda: None)


def test_a_network_that_reads_no_symbols_is_refused():
    network = nn.Linear(3, 3)
    with pytest.raises(ValueError, match="an embedding or a recurrent layer"):
        reading_layer(network, lambda: network(torch.zeros(1, 3)))
