import pytest
import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from recurra.kernels import cross_entropy, linear_cross_entropy


def _inputs(shape=(7,), features=5, symbols=11, dtype=torch.float64):
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(*shape, features, generator=draw, dtype=dtype).requires_grad_()
    weight = torch.randn(symbols, features, generator=draw, dtype=dtype).requires_grad_()
    bias = torch.randn(symbols, generator=draw, dtype=dtype).requires_grad_()
    return x, weight, bias, torch.randint(symbols, shape, generator=draw)


def _torch(x, weight, bias, target):
    logits = F.linear(x, weight, bias)
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1), reduction="sum")


@pytest.fixture(params=[1, 30, 1 << 22], ids=["a row a chunk", "two rows a chunk", "one chunk"])
def chunk(request, monkeypatch):
    monkeypatch.setattr(cross_entropy, "_CHUNK_ELEMENTS", request.param)


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("with_bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("shape", [(7,), (3, 4), (2, 3, 2), (1,), (0,)], ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)], ids=str)
def test_value_and_gradients_are_those_of_linear_and_cross_entropy(dtype, tolerance, shape, with_bias):
    x, weight, bias, target = _inputs(shape, dtype=dtype)
    leaves = [x, weight, *[bias] * with_bias]
    ours = linear_cross_entropy(x, weight, bias if with_bias else None, target)
    theirs = _torch(x, weight, bias if with_bias else None, target)
    assert (ours.dtype, ours.shape) == (dtype, ())
    torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)
    expected = torch.autograd.grad(theirs, leaves)
    torch.testing.assert_close(torch.autograd.grad(ours, leaves), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.usefixtures("chunk")
def test_gradients_by_finite_differences():
    x, weight, bias, target = _inputs((4,), 3, 5)
    assert torch.autograd.gradcheck(lambda *given: linear_cross_entropy(*given, target), (x, weight, bias))


def test_the_gradient_from_above_is_passed_down():
    x, weight, bias, target = _inputs()
    ours = (3 * linear_cross_entropy(x, weight, bias, target)).square()
    theirs = (3 * _torch(x, weight, bias, target)).square()
    expected = torch.autograd.grad(theirs, (x, weight, bias))
    torch.testing.assert_close(torch.autograd.grad(ours, (x, weight, bias)), expected)


@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (0, 2), (1, 2)], ids=str)
def test_only_the_gradients_that_are_wanted_are_computed(wanted):
    *given, target = _inputs()
    for number, tensor in enumerate(given):
        tensor.requires_grad_(number in wanted)
    ours, theirs = linear_cross_entropy(*given, target), _torch(*given, target)
    ours.backward()
    found = [tensor.grad for tensor in given]
    expected = torch.autograd.grad(theirs, [given[number] for number in wanted])
    assert [number for number, grad in enumerate(found) if grad is not None] == list(wanted)
    torch.testing.assert_close([found[number] for number in wanted], list(expected))


def test_without_gradients_the_value_is_the_same():
    x, weight, bias, target = _inputs()
    with torch.no_grad():
        loss = linear_cross_entropy(x, weight, bias, target)
    assert not loss.requires_grad
    torch.testing.assert_close(loss, _torch(x, weight, bias, target).detach())


def test_features_may_lie_in_memory_in_any_order():
    x, weight, bias, target = _inputs((4, 6))
    turned = x.detach().transpose(0, 1).requires_grad_()
    linear_cross_entropy(turned, weight, bias, target.T).backward()
    (expected,) = torch.autograd.grad(_torch(x, weight, bias, target), x)
    torch.testing.assert_close(turned.grad, expected.transpose(0, 1))


@pytest.mark.usefixtures("chunk")
def test_under_autocast_the_products_are_half_and_the_sums_are_not():
    x, weight, bias, target = _inputs((40,), 8, 13, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        ours = linear_cross_entropy(x, weight, bias, target)
        theirs = _torch(x, weight, bias, target)
    exact = _torch(x, weight, bias, target)
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=0)
    assert ours != exact  # the products really were half
    found = torch.autograd.grad(ours, (x, weight, bias))
    assert {grad.dtype for grad in found} == {torch.float32}
    for grad, expected in zip(found, torch.autograd.grad(exact, (x, weight, bias)), strict=True):
        torch.testing.assert_close(grad, expected, rtol=0.05, atol=0.05)


def test_half_inputs_are_summed_in_float32():
    x, weight, bias, target = (tensor.detach() for tensor in _inputs((300,)))
    half = [tensor.bfloat16() for tensor in (x, weight, bias)]
    loss = linear_cross_entropy(*half, target)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, _torch(x, weight, bias, target).float(), rtol=1e-2, atol=0)


class _Watch(TorchDispatchMode):
    """Notes every operation, and the elements of every tensor that it makes."""

    def __init__(self):
        super().__init__()
        self.seen, self.operations = [], set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        self.operations.add(function)
        self.seen += [tensor.numel() for tensor in tree_leaves(out) if isinstance(tensor, torch.Tensor)]
        return out


@pytest.mark.parametrize("gradients", [True, False], ids=["gradients", "no gradients"])
def test_no_more_than_one_chunk_of_logits_is_ever_held(gradients, monkeypatch):
    x, weight, bias, target = _inputs((23,))
    monkeypatch.setattr(cross_entropy, "_CHUNK_ELEMENTS", 50)  # four rows of eleven symbols
    with torch.set_grad_enabled(gradients), _Watch() as watch:
        linear_cross_entropy(x, weight, bias, target)
    assert watch.seen.count(4 * 11) >= 5
    assert max(watch.seen) == x.numel() < 23 * 11
    assert (torch.ops.aten.scatter_add_.default in watch.operations) == gradients  # no work for gradients in vain


def test_a_second_derivative_is_refused():
    x, weight, bias, target = _inputs()
    loss = linear_cross_entropy(x, weight, bias, target)
    (grad,) = torch.autograd.grad(loss.square(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()


def test_a_target_too_many_or_too_few_is_named():
    x, weight, bias, _ = _inputs((3, 4))
    with pytest.raises(ValueError, match=r"expected one target per row, shape \(3, 4\), got \(12,\)"):
        linear_cross_entropy(x, weight, bias, torch.zeros(12, dtype=torch.long))


@pytest.mark.parametrize("symbol", [-1, 11])
def test_a_target_that_is_no_symbol_is_refused(symbol):
    x, weight, bias, target = _inputs()
    target[3] = symbol
    with pytest.raises(RuntimeError, match="out of bounds"):
        linear_cross_entropy(x, weight, bias, target)


@pytest.mark.parametrize("extreme", [1e4, torch.inf, torch.nan])
def test_extreme_features_give_what_torch_gives(extreme):
    x, weight, bias, target = _inputs()
    with torch.no_grad():
        x[2, 1] = extreme
    ours, theirs = linear_cross_entropy(x, weight, bias, target), _torch(x, weight, bias, target)
    torch.testing.assert_close(ours, theirs, equal_nan=True)
    expected = torch.autograd.grad(theirs, (x, weight, bias))
    torch.testing.assert_close(torch.autograd.grad(ours, (x, weight, bias)), expected, equal_nan=True)
