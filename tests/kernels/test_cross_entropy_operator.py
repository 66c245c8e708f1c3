"""The large softmax's loss as an operation: it can be traced, compiled, exported and checked."""

import pytest
import torch
from torch.nn import functional as F

from recurra.kernels import compiled, linear_cross_entropy

needs_kernels = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())


def _inputs(shape=(7,), features=5, symbols=11):
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(*shape, features, generator=draw).requires_grad_()
    weight = torch.randn(symbols, features, generator=draw).requires_grad_()
    bias = torch.randn(symbols, generator=draw).requires_grad_()
    return x, weight, bias, torch.randint(symbols, shape, generator=draw)


def _torch(x, weight, bias, target):
    logits = F.linear(x, weight, bias)
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1), reduction="sum")


@needs_kernels
@pytest.mark.parametrize("needs", [[True, True, True], [False, True, False], [False, False, False]], ids=str)
def test_the_operation_keeps_the_rules_of_torch(needs):
    x, weight, bias, target = _inputs((5,), 6, 7)
    torch.library.opcheck(torch.ops.recurra.linear_cross_entropy.default, (x, weight, bias, target, needs))


@needs_kernels
def test_the_operation_gives_gradients_of_any_order():
    *leaves, target = _inputs()
    results = []
    for needs in ([True] * 3, [False] * 3, None):
        if needs is None:
            loss = _torch(*leaves, target)
        else:
            loss = torch.ops.recurra.linear_cross_entropy(*leaves, target, needs)[0]
        once = torch.autograd.grad(loss, leaves, retain_graph=True)
        twice = torch.autograd.grad(loss.square(), leaves, create_graph=True)
        results.append([*once, *torch.autograd.grad(sum(g.square().sum() for g in twice), leaves)])
    torch.testing.assert_close(results[0], results[2], rtol=1e-4, atol=1e-2)
    torch.testing.assert_close(results[1], results[2], rtol=1e-4, atol=1e-2)


@needs_kernels
def test_the_operation_reads_nothing_that_does_not_fit():
    x, weight, bias, target = (t.detach() for t in _inputs())
    run = torch.ops.recurra.linear_cross_entropy
    for given_ in ((x[:, 1:], weight, bias, target), (x, weight, bias[1:], target), (x, weight, bias, target[1:])):
        with pytest.raises(ValueError, match=r"linear_cross_entropy: .*expected"):
            run(*given_, [True] * 3)
    with pytest.raises(ValueError, match=r"linear_cross_entropy: .*expected"):
        run(x, weight, bias, target.int(), [False] * 3)


@needs_kernels
def test_compiled_by_torch_in_one_graph():
    *leaves, target = _inputs((3, 4))
    run = torch.compile(linear_cross_entropy, backend="aot_eager", fullgraph=True)
    ours, theirs = run(*leaves, target) / 12, _torch(*leaves, target) / 12
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(torch.autograd.grad(ours, leaves), torch.autograd.grad(theirs, leaves))
