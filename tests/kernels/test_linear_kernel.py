"""The kernels of the linear layer as they are called, below what chooses them."""

import pytest
import torch

from recurra.kernels import compiled, linear_kernel

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())


def _inputs():
    torch.manual_seed(1)
    return torch.randn(2, 5, 12), torch.randn(8, 12), torch.randn(8)


def test_rows_may_have_any_leading_shape():
    x, weight, bias = _inputs()
    y = linear_kernel.forward(x, weight, bias)
    torch.testing.assert_close(y, x @ weight.T + bias)
    torch.testing.assert_close(linear_kernel.forward(x[0, 0], weight, None), weight @ x[0, 0])


def test_gradients_that_are_not_asked_for_are_empty():
    x, weight, _ = _inputs()
    grads = linear_kernel.backward(torch.ones(2, 5, 8), x, weight, [False, True, False])
    assert grads.x.numel() == grads.bias.numel() == 0
    torch.testing.assert_close(grads.weight, x.sum((0, 1)).expand(8, 12))


def test_nothing_is_read_that_does_not_fit():
    x, weight, bias = _inputs()
    with pytest.raises(ValueError, match=r"gradient: expected shape \(2, 5, 8\), got \(1, 5, 8\)"):
        linear_kernel.backward(torch.ones(1, 5, 8), x, weight, [True, True, True])
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        linear_kernel.forward(x[..., :11], weight, bias)
    assert not linear_kernel.fits(x, weight, bias[:7])
    assert not linear_kernel.fits(x[:0], weight, bias)
