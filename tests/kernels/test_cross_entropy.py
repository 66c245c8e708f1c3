import resource

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from recurra.kernels import compiled, cross_entropy, linear_cross_entropy

needs_kernels = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())


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


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_a_second_derivative_is_that_of_torch(dtype):
    x, weight, bias, target = _inputs(dtype=dtype)
    results = []
    for function in (linear_cross_entropy, _torch):
        loss = function(x, weight, bias, target)
        grads = torch.autograd.grad(loss.square(), (x, weight, bias), create_graph=True)
        results.append(torch.autograd.grad(sum(g.square().sum() for g in grads), (x, weight, bias)))
    torch.testing.assert_close(*results, rtol=1e-4 if dtype is torch.float32 else 1e-7, atol=1e-2)


def test_second_derivatives_by_finite_differences():
    x, weight, bias, target = _inputs((4,), 3, 5)
    assert torch.autograd.gradgradcheck(lambda *given: linear_cross_entropy(*given, target), (x, weight, bias))


def test_a_target_too_many_or_too_few_is_named():
    x, weight, bias, _ = _inputs((3, 4))
    with pytest.raises(ValueError, match=r"expected one target per row, shape \(3, 4\), got \(12,\)"):
        linear_cross_entropy(x, weight, bias, torch.zeros(12, dtype=torch.long))


@pytest.mark.parametrize("symbol", [-1, 11, -100, 1 << 40])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_a_target_that_is_no_symbol_is_refused(dtype, symbol):
    x, weight, bias, target = _inputs(dtype=dtype)
    target[3] = symbol
    with pytest.raises((RuntimeError, IndexError), match="out of bounds"):
        linear_cross_entropy(x, weight, bias, target)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("where", ["x", "weight", "bias"])
@pytest.mark.parametrize("extreme", [1e4, 1e-41, torch.inf, -torch.inf, torch.nan], ids=str)
def test_extreme_numbers_give_what_torch_gives(extreme, where, dtype):
    x, weight, bias, target = _inputs(dtype=dtype)
    with torch.no_grad():
        {"x": x, "weight": weight, "bias": bias}[where].view(-1)[6] = extreme
    ours, theirs = linear_cross_entropy(x, weight, bias, target), _torch(x, weight, bias, target)
    tolerances = {"rtol": 1e-4, "atol": 1e-4, "equal_nan": True}
    torch.testing.assert_close(ours, theirs, **tolerances)
    expected = torch.autograd.grad(theirs, (x, weight, bias))
    torch.testing.assert_close(torch.autograd.grad(ours, (x, weight, bias)), expected, **tolerances)


@pytest.mark.parametrize("shift", [-3e38, -1e4, 1e4, 3e38, -torch.inf])
def test_only_the_distances_between_logits_count(shift):
    x, weight, bias, target = _inputs(dtype=torch.float32)
    with torch.no_grad():
        bias += shift
        ours, theirs = linear_cross_entropy(x, weight, bias, target), _torch(x, weight, bias, target)
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=0, equal_nan=True)


def _check(x, weight, bias, target):
    leaves = [t for t in (x, weight, bias) if t is not None]
    ours, theirs = linear_cross_entropy(x, weight, bias, target), _torch(x, weight, bias, target)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    found, expected = (torch.autograd.grad(loss, leaves) for loss in (ours, theirs))
    for grad, other in zip(found, expected, strict=True):
        torch.testing.assert_close(grad, other, rtol=0, atol=1e-4 * max(1, float(other.abs().max())))


SIZES = st.integers(1, 100)


@settings(max_examples=150)
@given(rows=SIZES, features=SIZES, symbols=SIZES, with_bias=st.booleans(), threads=st.sampled_from([1, 2, 4]))
def test_odd_sizes(rows, features, symbols, with_bias, threads):
    torch.set_num_threads(threads)
    x, weight, bias, target = _inputs((rows,), features, symbols, torch.float32)
    _check(x, weight, bias if with_bias else None, target)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize(
    ("rows", "features", "symbols"), [(600, 70, 33), (520, 30, 1000), (130, 300, 97), (5, 20, 9000), (1, 513, 200)]
)
def test_every_instruction_set(instruction_set, rows, features, symbols, threads):
    torch.set_num_threads(threads)
    x, weight, bias, target = _inputs((rows,), features, symbols, torch.float32)
    _check(x, weight, bias, target)


@needs_kernels
@pytest.mark.parametrize(("rows", "symbols"), [(600, 40), (70, 5000)])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_same_bits_every_time(threads, rows, symbols):
    torch.set_num_threads(threads)
    x, weight, bias, target = _inputs((rows,), 64, symbols, torch.float32)
    results = []
    for _ in range(4):
        loss = linear_cross_entropy(x, weight, bias, target)
        results.append([loss, *torch.autograd.grad(loss, (x, weight, bias))])
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_the_backward_pass_may_be_repeated(dtype):
    x, weight, bias, target = _inputs(dtype=dtype)
    loss = linear_cross_entropy(x, weight, bias, target)
    first = torch.autograd.grad(2 * loss, (x, weight, bias), retain_graph=True)
    kept = [g.clone() for g in first]
    second = torch.autograd.grad(-3 * loss, (x, weight, bias), retain_graph=True)
    torch.testing.assert_close([g / -1.5 for g in second], kept)
    torch.testing.assert_close(list(first), kept, rtol=0, atol=0)
    many = torch.autograd.grad(loss, (x, weight, bias), torch.tensor([2.0, 4.0]).to(dtype), is_grads_batched=True)
    torch.testing.assert_close([g[1] / 2 for g in many], kept)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_the_transformations_of_torch(dtype):
    x, weight, bias, target = _inputs((4, 6), dtype=dtype)
    each = torch.func.vmap(linear_cross_entropy, (0, None, None, 0))(x, weight, bias, target)
    torch.testing.assert_close(each.sum(), _torch(x, weight, bias, target))
    found = torch.func.grad(linear_cross_entropy, (0, 1, 2))(x, weight, bias, target)
    expected = torch.autograd.grad(_torch(x, weight, bias, target), (x, weight, bias))
    torch.testing.assert_close(found, expected)


def test_compiled_by_torch_without_the_kernel():
    *leaves, target = _inputs((3, 4))
    run = torch.compile(linear_cross_entropy, backend="aot_eager")
    ours, theirs = run(*leaves, target), _torch(*leaves, target)
    torch.testing.assert_close(torch.autograd.grad(ours, leaves), torch.autograd.grad(theirs, leaves))


def test_without_kernels(monkeypatch):
    monkeypatch.setattr(compiled, "_loaded", None)  # as RECURRA_KERNELS=off does
    _check(*_inputs((20,), 12, 8, torch.float32))


@needs_kernels
def test_a_large_vocabulary_needs_little_memory():
    draw = torch.Generator().manual_seed(1)
    x, weight = torch.randn(700, 8, generator=draw), torch.randn(200_000, 8, generator=draw)
    target = torch.randint(200_000, (700,), generator=draw)
    linear_cross_entropy(x[:2], weight, None, target[:2])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    x.requires_grad_()
    loss = linear_cross_entropy(x, weight, None, target)
    loss.backward()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # all logits would be 534 MiB
    part = linear_cross_entropy(x[::70], weight, None, target[::70])
    torch.testing.assert_close(part, _torch(x[::70], weight, None, target[::70]))


def test_gradients_of_gradients_count_tied_vectors_once():
    vectors = (0.3 * torch.randn(30, 40)).requires_grad_()
    symbols, target, bias, found = torch.randint(30, (50,)), torch.randint(30, (50,)), torch.zeros(30), []
    for loss in (linear_cross_entropy, lambda x, w, b, t: F.cross_entropy(F.linear(x, w, b), t, reduction="sum")):
        value = loss(torch.tanh(vectors[symbols]), vectors, bias, target)
        (gradient,) = torch.autograd.grad(value, vectors, create_graph=True)
        found.append([gradient, *torch.autograd.grad(gradient.square().sum(), vectors)])
    torch.testing.assert_close(*found, rtol=1e-3, atol=1e-3)
