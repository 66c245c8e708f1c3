"""The linear layer as an operation: it can be traced, compiled, exported and checked."""

import pytest
import torch
from torch.nn import functional as F

from recurra import kernels
from recurra.kernels import compiled, linear_layer

needs_kernels = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())


@pytest.fixture(autouse=True)
def _small_is_worth_it(monkeypatch):
    monkeypatch.setattr(linear_layer, "_WORTH_A_CALL", 0)
    monkeypatch.setattr(compiled, "has_mkl_at_home", lambda: False)


def _inputs(shape=(20,), with_bias=True):
    """x (..., 12), weight (8, 12), bias (8,) or None, and a gradient of the output."""
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(*shape, 12, generator=draw).requires_grad_()
    weight = torch.randn(8, 12, generator=draw).requires_grad_()
    bias = torch.randn(8, generator=draw).requires_grad_() if with_bias else None
    return x, weight, bias, torch.randn(*shape, 8, generator=draw)


@needs_kernels
@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("shape", [(4,), (2, 30), (1,)], ids=str)
def test_the_operation_keeps_the_rules_of_torch(shape, with_bias):
    x, weight, bias, upstream = _inputs(shape, with_bias)
    torch.library.opcheck(torch.ops.recurra.linear.default, (x, weight, bias))
    detached = (upstream, x.detach(), weight.detach(), [True, False, with_bias])
    torch.library.opcheck(torch.ops.recurra.linear_backward.default, detached)


def test_compiled_by_torch_in_one_graph():
    x, weight, bias, upstream = _inputs()
    run = torch.compile(kernels.linear, backend="aot_eager", fullgraph=True)
    ours, theirs = run(x, weight, bias), F.linear(x, weight, bias)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    found, expected = (torch.autograd.grad(y, (x, weight, bias), upstream) for y in (ours, theirs))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@needs_kernels
def test_the_operation_reads_nothing_that_does_not_fit():
    x, weight, _, _ = _inputs()
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        torch.ops.recurra.linear(x.detach()[:, :11], weight.detach(), None)
