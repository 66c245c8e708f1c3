import pytest
import torch

from recurra.data.sequences.answers import Answers
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.network import ComparedNetwork
from recurra.nn import Recurrent
from recurra.nn.window import Window


def make(name, **settings):
    answers = Answers("number", mean=[0.0], scale=[1.0])
    return ComparedNetwork(0, 2, 0, answers, ComparedConfig(network_name=name, hidden_size=8, **settings))


def test_a_name_says_what_stands_between_input_and_head():
    assert isinstance(make("mlp", window=3).recurrence, Window)
    assert make("mlp", window=3).recurrence.window == 3
    recurrence = make("bigru+orthogonal+norm", weight_dropout=0.2).recurrence
    assert isinstance(recurrence, Recurrent)
    assert (recurrence.mode, recurrence.bidirectional, recurrence.layer_norm) == ("GRU", True, True)
    assert recurrence.weight_dropout == 0.2
    weight = recurrence.weight_hh_l0[:8]
    torch.testing.assert_close(weight @ weight.T, torch.eye(8), atol=1e-5, rtol=0)
    plain = make("gru").recurrence.weight_hh_l0[:8]
    assert not torch.allclose(plain @ plain.T, torch.eye(8), atol=0.1)


@pytest.mark.parametrize("name", ["mlp", "rnn", "bilstm", "gru+chrono", "unitary"])
def test_every_network_answers_sequences_of_unequal_length(name):
    torch.manual_seed(1)
    network = make(name).eval()
    x, lengths = torch.randn(3, 12, 2), torch.tensor([12, 4, 7])
    together, _ = network(x, lengths)
    for row, length in enumerate(lengths):
        alone, _ = network(x[row : row + 1, :length])
        torch.testing.assert_close(together[row], alone[0], atol=1e-5, rtol=1e-5)


def test_identity_begins_with_what_the_units_were():
    recurrence = make("gru+identity").recurrence
    assert torch.equal(recurrence.weight_hh_l0, torch.eye(8).repeat(3, 1))
    assert not recurrence.bias_ih_l0.any()
    assert not recurrence.bias_hh_l0.any()


def test_chrono_takes_the_length_of_the_task():
    bias = make("lstm+chrono", length=1000).recurrence.bias_ih_l0[8:16]
    assert bias.exp().max() > 200
