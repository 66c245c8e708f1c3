import pytest
import torch
from torch import nn

import recurra
from recurra.nn.generators import drawing_from
from recurra.training.privacy import PrivateGradients


class Network(nn.Module):
    def __init__(self, cell=recurra.nn.LSTM):
        super().__init__()
        torch.manual_seed(0)
        self.recurrence = cell(3, 5, batch_first=True)
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        return self.head(self.recurrence(x)[0]).mean((1, 2))  # (B,)


def _losses(network, x, y):
    for row in range(len(x)):
        yield (network(x[row : row + 1]) - y[row : row + 1]).square().mean()


def _batch():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(6, 4, 3, generator=generator), 3 * torch.randn(6, generator=generator)


def _gradient(network):
    return torch.cat([parameter.grad.flatten() for parameter in network.parameters()])


def test_without_noise_and_clipping_it_is_the_gradient_of_the_batch():
    network, (x, y) = Network(), _batch()
    mean = PrivateGradients(list(network.parameters()), 1e6, 0.0, len(x)).backward(_losses(network, x, y))
    private = _gradient(network)
    network.zero_grad()
    loss = (network(x) - y).square().mean()
    loss.backward()
    torch.testing.assert_close(private, _gradient(network), atol=1e-6, rtol=1e-5)
    assert mean == pytest.approx(loss.item(), rel=1e-5)


def test_opacus_finds_the_same_clipped_gradients():
    grad_sample = pytest.importorskip("opacus.grad_sample", reason="needs opacus")
    x, y = torch.randn(8, 3, requires_grad=True), torch.randn(8)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    losses = ((network(row).squeeze() - answer).square() for row, answer in zip(x, y, strict=True))
    PrivateGradients(list(network.parameters()), 0.5, 0.0, 8).backward(losses)
    private = _gradient(network)
    network.zero_grad()
    wrapped = grad_sample.GradSampleModule(network, loss_reduction="sum")
    (wrapped(x).squeeze() - y).square().sum().backward()
    samples = torch.cat([parameter.grad_sample.flatten(1) for parameter in network.parameters()], 1)  # (8, P)
    clipped = samples * (0.5 / samples.norm(dim=1, keepdim=True)).clamp_max(1.0)
    torch.testing.assert_close(private, clipped.sum(0) / 8, atol=1e-6, rtol=1e-5)


def test_no_example_moves_the_sum_by_more_than_the_clipping_norm():
    network, (x, y) = Network(), _batch()
    y[0] = 1e4  # one example that asks for much
    gradients = PrivateGradients(list(network.parameters()), 0.1, 0.0, 1.0)
    gradients.backward(_losses(network, x, y))
    with_it = _gradient(network)
    gradients.backward(_losses(network, x[1:], y[1:]))
    assert (with_it - _gradient(network)).norm() <= 0.1 * (1 + 1e-5)


def test_noise_is_as_large_as_it_should_be_also_where_there_are_no_examples():
    parameter = nn.Parameter(torch.zeros(100_000))
    PrivateGradients([parameter], clip_norm=0.5, noise=3.0, batch_size=10.0).backward([])
    assert parameter.grad.std().item() == pytest.approx(0.5 * 3.0 / 10.0, rel=0.02)


def test_noise_comes_from_the_generator_of_the_training():
    drawn = []
    for _ in range(2):
        parameter = nn.Parameter(torch.zeros(5))
        with drawing_from({"cpu": torch.Generator().manual_seed(3)}):
            PrivateGradients([parameter], 1.0, 1.0, 1.0).backward([])
        drawn.append(parameter.grad)
    assert torch.equal(*drawn)


def test_a_parameter_that_an_example_does_not_use_gets_noise_alone():
    used, unused = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    PrivateGradients([used, unused], 10.0, 0.0, 1.0).backward([used.sum() * 2])
    assert (used.grad.item(), unused.grad.item()) == (2.0, 0.0)
