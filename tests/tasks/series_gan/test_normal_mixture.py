"""What is drawn of a mixture of normal distributions follows the density that it is said to have."""

import pytest
import torch

from recurra.tasks.series_gan.normal_mixture import NormalMixture


def mixture_of(mixtures, count=3):
    torch.manual_seed(0)
    mixture = NormalMixture(4, count, mixtures)
    with torch.no_grad():
        parts = mixture.parameters_of.bias.view(mixtures, -1)
        parts[:, 1 : 1 + count].uniform_(-0.2, 0.2)  # departures
        parts[:, 1 + count : 1 + 2 * count].uniform_(0, 1)  # 2 less logarithms of the diagonal
        parts[:, 1 + 2 * count :].uniform_(-1, 1)  # below the diagonal
    return mixture


def draw(mixture, rows=5000):
    inputs, before = torch.linspace(-1, 1, 4).expand(rows, 4), torch.full((rows, mixture.count), 0.5)
    noise = torch.randn(rows, mixture.count)
    return inputs, before, noise, mixture.draw(inputs, before, torch.rand(rows, 1), noise)


def test_the_density_falls_with_the_noise_that_numbers_are_drawn_by():
    mixture = mixture_of(1)
    inputs, before, noise, drawn = draw(mixture)
    constant = mixture.log_probs(inputs, before, drawn) + 0.5 * noise.square().sum(-1)
    torch.testing.assert_close(constant, constant[:1].expand_as(constant), atol=1e-3, rtol=0)


def test_the_density_of_two_numbers_sums_to_1():
    mixture = mixture_of(3, count=2)
    grid = torch.linspace(-2, 3, 501)
    points = torch.cartesian_prod(grid, grid)
    inputs, before = torch.zeros(len(points), 4), torch.full((len(points), 2), 0.5)
    total = mixture.log_probs(inputs, before, points).exp().sum() * (grid[1] - grid[0]) ** 2
    assert total.item() == pytest.approx(1, abs=1e-3)


def test_each_distribution_is_drawn_from_as_often_as_it_is_probable():
    mixture = mixture_of(3)
    inputs, before, _, drawn = draw(mixture)
    weights, means, *_ = mixture._mixture(inputs[:1], before[:1])
    torch.testing.assert_close(drawn.mean(0), (weights.exp()[..., None] * means).sum(1)[0], atol=0.02, rtol=0)


def test_numbers_have_a_gradient_by_their_noise():
    mixture = mixture_of(2)
    noise = torch.randn(5, 3, requires_grad=True)
    mixture.draw(torch.zeros(5, 4), torch.zeros(5, 3), torch.rand(5, 1), noise).sum().backward()
    assert (noise.grad[:, -1] != 0).all()
