import pytest
import torch

from recurra import nn
from recurra.errors import DataError
from recurra.training import answering_precision
from recurra.training.validation import evaluating


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


def test_a_network_answers_so_while_it_is_evaluated():
    network, x = torch.nn.Sequential(nn.GRU(3, 4)), torch.randn(5, 2, 3)
    exact = network(x)[0]
    answering_precision.use([network], "int8", "job")
    assert answering_precision.of(network).dtype is torch.int8
    assert torch.equal(network(x)[0], exact)
    with evaluating(network):
        reduced = network(x)[0]
    assert not torch.equal(reduced, exact)
    torch.testing.assert_close(reduced, exact, rtol=0, atol=0.05)
    answering_precision.use([network], "float32", "job")
    with evaluating(network):
        assert torch.equal(network(x)[0], exact)


def test_where_one_network_cannot_none_does():
    networks = nn.GRU(3, 4), nn.GRU(3, 4, layer_norm=True)
    with pytest.raises(DataError, match=r"precision: expected float32 for this job: .* has layer norm.*; got 'int8'"):
        answering_precision.use(networks, "int8", "job")
    assert answering_precision.of(networks[0]) is None
    with pytest.raises(DataError, match="precision: expected float32, bf16 or int8, got 'int4'"):
        answering_precision.use(networks, "int4", "job")
