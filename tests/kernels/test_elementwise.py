"""The functions that the cells are made of, over all of float32, in units in the last place of the true value."""

import numpy as np
import pytest
import torch
from torch import nn

from recurra.kernels import compiled
from recurra.nn import GRU, LSTM, RNN

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

EVERY = 1009  # of the 2^32 numbers of float32, so many apart
TRUE = {"exp": torch.exp, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
BOUND = {"exp": 1.1, "sigmoid": 2.5, "tanh": 5.5}  # as docs/kernels.md says


def kernel(name: str, x: torch.Tensor) -> torch.Tensor:
    y = torch.empty_like(x)
    compiled.extension.elementwise(name, x.numel(), compiled.data_pointers([x, y]))
    return y


def whole_range() -> torch.Tensor:
    bits = np.arange(0, 1 << 32, EVERY, dtype=np.uint64).astype(np.uint32)
    return torch.from_numpy(bits.view(np.float32))


def units_in_the_last_place(found: torch.Tensor, exact: torch.Tensor) -> torch.Tensor:
    nearest = exact.float()
    spacing = torch.nextafter(nearest.abs(), torch.zeros(())).double() - nearest.abs().double()
    below = spacing.abs().clamp(min=2.0**-149)  # the finer of both sides: 1 is far from the next above it
    return (found.double() - exact).abs() / below


@pytest.mark.parametrize("name", TRUE)
def test_errors_stay_within_their_bounds_over_all_of_float32(instruction_set, name):
    x = whole_range()
    found, exact = kernel(name, x), TRUE[name](x.double())
    assert torch.equal(found.isnan(), x.isnan())
    overflow = exact.float().isinf()
    assert torch.equal(found.isinf(), overflow)
    assert (found[overflow] > 0).all()
    usual = exact.float().isfinite()
    assert float(units_in_the_last_place(found[usual], exact[usual]).max()) < BOUND[name]


def test_the_ends_are_exact(instruction_set):
    infinity = torch.inf
    ends = torch.tensor([-infinity, -1e38, -9.02, 9.02, 1e38, infinity, 0.0, -0.0, 1e-45])
    assert kernel("tanh", ends).tolist() == [-1, -1, -1, 1, 1, 1, 0, 0, pytest.approx(1e-45)]
    assert kernel("sigmoid", ends).tolist()[:2] == [0, 0]
    assert kernel("sigmoid", ends).tolist()[4:8] == [1, 1, 0.5, 0.5]
    assert kernel("exp", ends).tolist()[:2] == [0, 0]
    assert kernel("exp", ends).tolist()[4:8] == [infinity, infinity, 1, 1]
    for name in TRUE:
        assert kernel(name, torch.full((33,), torch.nan)).isnan().all()


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_gates_that_are_shut_pass_no_gradient(instruction_set, kind):
    torch.manual_seed(1)
    ours = kind(1, 20, bias=False)
    for weight in ours.parameters():
        nn.init.ones_(weight)
    theirs = {RNN: nn.RNN, LSTM: nn.LSTM, GRU: nn.GRU}[kind](1, 20, bias=False)
    theirs.load_state_dict(ours.state_dict())
    x = torch.full((3, 2, 1), 1e4)
    for layer in (ours, theirs.double()):
        layer(x.to(next(layer.parameters()).dtype))[0].sum().backward()
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own.grad.double(), other.grad, rtol=1e-5, atol=1e-30)


def test_a_unit_that_is_shut_has_no_gradient_at_all(instruction_set):
    layer = RNN(1, 1, bias=False)
    nn.init.ones_(layer.weight_ih_l0)
    layer(torch.full((2, 1, 1), 1e4))[0].sum().backward()
    assert layer.weight_ih_l0.grad.item() == 0


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_nan_and_infinity_pass_as_in_pytorch(instruction_set, nonlinearity, value):
    torch.manual_seed(1)
    theirs = nn.RNN(3, 20, nonlinearity=nonlinearity)
    ours = RNN(3, 20, nonlinearity=nonlinearity)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(4, 2, 3)
    x[1, 0, 1] = value
    results = []
    for layer in (ours, theirs):
        given = x.clone().requires_grad_()
        y, _ = layer(given)
        y.sum().backward()
        results.append([y.detach(), given.grad, *(weight.grad for weight in layer.parameters())])
    for own, other in zip(*results, strict=True):
        torch.testing.assert_close(own, other, equal_nan=True, rtol=1e-4, atol=1e-5)
