import pytest
import torch
from torch.nn import functional as F

from recurra.kernels.deferred_linear import DeferredLinear

STEPS, BATCH, HIDDEN = 7, 3, 5


def _weights(dtype=torch.float64):
    torch.manual_seed(1)
    shapes = [(HIDDEN, HIDDEN), (HIDDEN,), (STEPS, BATCH, HIDDEN)]
    return [torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes]


def _walk(linear, x):
    h, outputs = torch.zeros_like(x[0]), []
    for step in x:
        h = torch.tanh(linear(h) + step)
        outputs.append(h)
    return torch.stack(outputs)


def _both(dtype=torch.float64, bias=True):
    """Outputs with the deferred layer and with a plain one, and what they depend on."""
    weight, b, x = _weights(dtype)
    b = b if bias else None
    given = [t for t in (weight, b, x) if t is not None]
    return _walk(DeferredLinear(weight, b, STEPS), x), _walk(lambda h: F.linear(h, weight, b), x), given


def _close(some, others):
    for a, b in zip(some, others, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("bias", [True, False])
def test_values_and_gradients_are_those_of_a_plain_layer(dtype, bias):
    ours, plain, given = _both(dtype, bias)
    weights = torch.randn_like(plain)
    torch.testing.assert_close(ours, plain)
    _close(torch.autograd.grad((ours * weights).sum(), given), torch.autograd.grad((plain * weights).sum(), given))


def test_a_second_pass_forgets_what_one_without_weights_left():
    ours, plain, given = _both()
    torch.autograd.grad(ours.sum(), given[2], retain_graph=True)  # leaves pairs of every step
    half = [torch.autograd.grad(y[: STEPS // 2].sum(), given, retain_graph=True) for y in (ours, plain)]
    _close(*half)
    whole = [torch.autograd.grad(y.square().sum(), given) for y in (ours, plain)]
    _close(*whole)


def test_a_frozen_weight_gets_no_gradient():
    weight, bias, x = _weights()
    y = _walk(DeferredLinear(weight.detach(), bias, STEPS), x)
    expected = _walk(lambda h: F.linear(h, weight.detach(), bias), x)
    _close(torch.autograd.grad(y.sum(), [bias, x]), torch.autograd.grad(expected.sum(), [bias, x]))


def test_gradients_of_gradients():
    ours, plain, given = _both()

    def twice(y):
        first = torch.autograd.grad(y.square().sum(), given, create_graph=True)
        return torch.autograd.grad(sum(g.square().sum() for g in first), given)

    _close(twice(ours), twice(plain))


def test_a_batch_of_gradients():
    ours, plain, given = _both()
    directions = torch.randn(4, *plain.shape, dtype=plain.dtype)
    found = [torch.autograd.grad(y, given, directions, is_grads_batched=True) for y in (ours, plain)]
    _close(*found)


def test_under_autocast_it_is_the_plain_layer():
    with torch.autocast("cpu"):
        ours, plain, given = _both(torch.float32)
    assert ours.dtype == plain.dtype
    _close(torch.autograd.grad(ours.sum(), given), torch.autograd.grad(plain.sum(), given))
