import pytest
import torch

from recurra.data.sequences.answers import Answers
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.distance_profile import distance_profile
from recurra.explain.compare.network import ComparedNetwork
from recurra.tasks.classification.network import SequenceBatch


def make(name, per_step=False, symbols=0):
    torch.manual_seed(1)
    answers = Answers("class", [0, 1, 2], per_step)
    config = ComparedConfig(network_name=name, hidden_size=6, window=4, per_step=per_step)
    return ComparedNetwork(symbols, 0 if symbols else 2, 0, answers, config)


@pytest.mark.parametrize("name", ["rnn", "gru", "bilstm", "unitary"])
@pytest.mark.parametrize("per_step", [False, True])
def test_norms_are_those_of_autograd_on_each_sequence_alone(name, per_step):
    network = make(name, per_step)
    x, lengths = torch.randn(3, 9, 2), torch.tensor([9, 5, 7])
    targets = torch.randint(3, (3, 9) if per_step else (3,))
    profile = distance_profile(network, SequenceBatch(x, lengths, targets))
    sums, counts = torch.zeros(9), torch.zeros(9)
    for row, length in enumerate(lengths.tolist()):
        alone = x[row : row + 1, :length].clone().requires_grad_()
        logits = network(alone)[0]
        target = targets[row, length - 1] if per_step else targets[row]
        loss = torch.nn.functional.cross_entropy(logits[0, -1] if per_step else logits[0], target)
        (gradient,) = torch.autograd.grad(loss / 3, alone)
        sums[:length] += gradient[0].norm(dim=-1).flip(0)
        counts[:length] += 1
    torch.testing.assert_close(torch.tensor(profile), sums / counts, atol=1e-7, rtol=1e-4)


def test_nothing_reaches_beyond_a_window_and_nothing_is_changed():
    network = make("mlp", symbols=5)
    network.train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    batch = SequenceBatch(torch.randint(5, (2, 10)), torch.tensor([10, 10]), torch.tensor([0, 2]))
    profile = distance_profile(network, batch)
    assert min(profile[:4]) > 0
    assert profile[4:] == [0.0] * 6
    assert network.training
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
