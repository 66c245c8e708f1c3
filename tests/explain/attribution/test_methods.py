"""Attributions where the truth is known: linear scores, polynomials, captum's algorithm written out by hand."""

import numpy as np
import pytest
import torch

import recurra
from recurra.explain.attribution.methods import (
    completeness_gap,
    erasure,
    gradient,
    gradient_times_input,
    integrated_gradients,
)

WEIGHTS = torch.tensor([[1.0, -2.0], [0.0, 3.0], [0.5, 0.0]], dtype=torch.float64)  # (T, I)


def linear(x):
    return (x * WEIGHTS).sum((1, 2)) + 7


@pytest.fixture
def x():
    return torch.randn(4, 3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.fixture(params=[torch.nn.LSTM, torch.nn.GRU, recurra.nn.LSTM, recurra.nn.GRU])
def lstm_score(request):
    torch.manual_seed(0)
    layer = request.param(2, 5, batch_first=True, bidirectional=True, dtype=torch.float64).eval()
    return lambda x: layer(x)[0][:, -1].tanh().sum(-1) * 3


@pytest.mark.parametrize("method", [gradient_times_input, integrated_gradients, erasure])
def test_every_method_is_exact_where_the_score_is_linear(x, method):
    baseline = torch.full_like(x, 0.25)
    options = {"by": "number"} if method is erasure else {}
    torch.testing.assert_close(method(linear, x, baseline, **options), WEIGHTS * (x - baseline))


def test_a_gauss_sum_is_exact_for_polynomials(x):
    def cubes(x):
        return (x**3).sum((1, 2))

    baseline = torch.zeros_like(x)
    torch.testing.assert_close(integrated_gradients(cubes, x, baseline, points=2), x**3)
    gap = completeness_gap(cubes, x, baseline, integrated_gradients(cubes, x, baseline, points=1))
    assert gap.abs().max() > 0.01  # one point is too few, and the gap says so


def test_integrated_gradients_are_those_of_captum(x, lstm_score):
    """What captum 0.9 does, in float64: `gausslegendre`, each point's gradient times its weight, times the distance."""
    points = 20
    positions, weights = np.polynomial.legendre.leggauss(points)
    baseline = torch.zeros_like(x)
    total = torch.zeros_like(x)
    for position, weight in zip((1 + positions) / 2, weights / 2, strict=True):
        at = (baseline + position * (x - baseline)).requires_grad_()
        total += weight * torch.autograd.grad(lstm_score(at).sum(), at)[0]
    expected = total * (x - baseline)
    for at_once in (1, 7, 100):
        made = integrated_gradients(lstm_score, x, baseline, points, at_once)
        torch.testing.assert_close(made, expected, rtol=1e-10, atol=1e-12)
    gap = completeness_gap(lstm_score, x, baseline, expected)
    due = lstm_score(x) - lstm_score(baseline)
    torch.testing.assert_close(gap, expected.sum((1, 2)) - due)
    assert gap.abs().max() < 1e-6


def test_erasure_replaces_one_step_after_the_other(x, lstm_score):
    baseline = torch.full_like(x, 0.1)
    made = erasure(lstm_score, x, baseline, at_once=2)
    for step in range(3):
        without = x.clone()
        without[:, step] = 0.1
        torch.testing.assert_close(made[:, step].sum(-1), lstm_score(x) - lstm_score(without))


def test_erasure_by_feature_and_by_window(x, lstm_score):
    baseline = torch.zeros_like(x)
    without = x.clone()
    without[..., 1] = 0
    by_feature = erasure(lstm_score, x, baseline, by="feature")
    torch.testing.assert_close(by_feature[..., 1].sum(1), (lstm_score(x) - lstm_score(without)) / 1)
    by_window = erasure(linear, x, baseline, window=3)
    torch.testing.assert_close(by_window.sum((1, 2)), linear(x) - linear(baseline))


@pytest.mark.parametrize("method", [gradient, gradient_times_input, integrated_gradients])
def test_an_attribution_can_be_differentiated_again(x, lstm_score, method):
    x = x[:1].requires_grad_()
    baseline = () if method is gradient else (torch.zeros_like(x),)

    def attributed(x):
        options = {"points": 3} if method is integrated_gradients else {}
        return method(lstm_score, x, *baseline, create_graph=True, **options)

    assert torch.autograd.gradcheck(attributed, x)


def test_a_score_that_reads_nothing_gives_zeros(x):
    assert not gradient(lambda x: torch.ones(len(x)), x).any()


def test_nothing_stays_behind(x, lstm_score):
    x.requires_grad_()
    made = integrated_gradients(lstm_score, x, torch.zeros_like(x))
    assert x.grad is None
    assert not made.requires_grad
