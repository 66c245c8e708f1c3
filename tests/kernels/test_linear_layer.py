import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from recurra import kernels
from recurra.kernels import compiled, linear_layer
from recurra.nn import Linear

needs_kernels = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())
SIZES = st.integers(1, 100)
SETS = ["v4", "v3", "v2", "plain"]


@pytest.fixture(autouse=True, scope="module")
def _small_is_worth_it():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear_layer, "_WORTH_A_CALL", 0)
        patch.setattr(compiled, "has_mkl_at_home", lambda: False)
        yield


def _inputs(shape, inputs, outputs, with_bias=True, dtype=torch.float32):
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(*shape, inputs, generator=draw, dtype=dtype).requires_grad_()
    weight = torch.randn(outputs, inputs, generator=draw, dtype=dtype).requires_grad_()
    bias = torch.randn(outputs, generator=draw, dtype=dtype).requires_grad_() if with_bias else None
    upstream = torch.randn(*shape, outputs, generator=draw, dtype=dtype)
    return x, weight, bias, upstream


def _close(ours, theirs, tolerance):
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    scale = max(1.0, float(theirs.detach().abs().max())) if theirs.numel() else 1.0
    torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance * scale)


def _check(x, weight, bias, upstream):
    given_ = [t for t in (x, weight, bias) if t is not None]
    leaves = [t for t in given_ if t.requires_grad]
    ours, theirs = kernels.linear(x, weight, bias), F.linear(x, weight, bias)
    _close(ours, theirs, 1e-5)
    found, expected = (torch.autograd.grad(y, leaves, upstream) for y in (ours, theirs))
    for grad, other in zip(found, expected, strict=True):
        _close(grad, other, 1e-4)


@settings(max_examples=150)
@given(rows=SIZES, inputs=SIZES, outputs=SIZES, with_bias=st.booleans(), threads=st.sampled_from([1, 2, 4]))
def test_value_and_gradients_are_those_of_torch(rows, inputs, outputs, with_bias, threads):
    torch.set_num_threads(threads)
    _check(*_inputs((rows,), inputs, outputs, with_bias))


@pytest.mark.parametrize(
    ("rows", "inputs", "outputs"), [(3, 70, 33), (24, 500, 9), (25, 500, 97), (801, 300, 65), (1, 65, 31)]
)
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_every_instruction_set(instruction_set, rows, inputs, outputs, threads):
    torch.set_num_threads(threads)
    _check(*_inputs((rows,), inputs, outputs))


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (2, 1, 3), (0,), (0, 4)], ids=str)
def test_any_leading_shape(shape):
    _check(*_inputs(shape, 9, 7))


@pytest.mark.parametrize(("inputs", "outputs"), [(0, 3), (3, 0), (1, 5), (5, 1), (1, 1)])
def test_shapes_that_are_left_to_torch(inputs, outputs):
    _check(*_inputs((6,), inputs, outputs))


@pytest.mark.parametrize("rows", [1, 4, 40])
def test_tensors_may_lie_in_memory_in_any_order(rows):
    x, weight, bias, upstream = _inputs((rows,), 64, 30)
    turned = x.detach().T.contiguous().T.requires_grad_()
    every_second = torch.stack([weight.detach()] * 2, 1).flatten(0, 1)[::2].requires_grad_()
    _check(turned, every_second, bias, upstream)
    _check(turned, weight.detach().T.contiguous().T.requires_grad_(), bias, upstream.T.contiguous().T)


@pytest.mark.parametrize("rows", [1, 4, 40])
def test_the_gradient_from_above_may_be_expanded(rows):
    x, weight, bias, _ = _inputs((rows,), 64, 30)
    kernels.linear(x, weight, bias).sum().backward()
    expected = torch.autograd.grad(F.linear(x, weight, bias).sum(), (x, weight, bias))
    for ours, theirs in zip((x.grad, weight.grad, bias.grad), expected, strict=True):
        _close(ours, theirs, 1e-5)


@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (0, 2), (1, 2)], ids=str)
def test_only_the_gradients_that_are_wanted_are_computed(wanted):
    *leaves, upstream = _inputs((30,), 20, 10)
    for number, tensor in enumerate(leaves):
        tensor.requires_grad_(number in wanted)
    _check(*leaves, upstream)
    kernels.linear(*leaves).backward(upstream)
    assert [number for number, tensor in enumerate(leaves) if tensor.grad is not None] == list(wanted)


def test_without_gradients_the_value_is_the_same():
    x, weight, bias, _ = _inputs((30,), 20, 10)
    with torch.no_grad():
        y = kernels.linear(x, weight, bias)
    assert not y.requires_grad
    assert torch.equal(y, kernels.linear(x, weight, bias))


@needs_kernels
@pytest.mark.parametrize("rows", [3, 300])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_same_bits_every_time(rows, threads):
    x, weight, bias, upstream = _inputs((rows,), 130, 257)
    results = []
    for count in [threads] * 3 + [1]:  # one thread as well as many
        torch.set_num_threads(count)
        y = kernels.linear(x, weight, bias)
        results.append([y, *torch.autograd.grad(y, (x, weight, bias), upstream)])
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


@pytest.mark.parametrize("rows", [1, 5, 60])
@pytest.mark.parametrize("extreme", [1e4, 1e-41, torch.inf, -torch.inf, torch.nan], ids=str)
def test_extreme_numbers_give_what_torch_gives(extreme, rows):
    x, weight, bias, upstream = _inputs((rows,), 70, 40)
    with torch.no_grad():
        x[0, 3] = weight[5, 69] = extreme
    results = []
    for function in (kernels.linear, F.linear):
        y = function(x, weight, bias)
        results.append([y, *torch.autograd.grad(y, (x, weight, bias), upstream)])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-3, equal_nan=True)


def test_denormal_numbers_are_not_lost():
    x, weight = torch.full((3, 64), 1e-41), torch.ones(8, 64)
    torch.testing.assert_close(kernels.linear(x, weight), torch.full((3, 8), 64e-41), rtol=1e-3, atol=0)


def test_gradients_by_finite_differences():
    x, weight, bias, _ = _inputs((3,), 5, 4, dtype=torch.float64)
    assert torch.autograd.gradcheck(kernels.linear, (x, weight, bias))
    assert torch.autograd.gradgradcheck(kernels.linear, (x, weight, bias))


@pytest.mark.parametrize("compiling", [False, True], ids=["eager", "operation"])
def test_a_second_derivative_is_that_of_torch(compiling):
    x, weight, bias, _ = _inputs((20,), 12, 8)
    function = torch.ops.recurra.linear if compiling and compiled.enabled() else kernels.linear
    results = []
    for run in (function, F.linear):
        grads = torch.autograd.grad(run(x, weight, bias).square().sum(), (x, weight, bias), create_graph=True)
        results.append(torch.autograd.grad(sum(g.pow(3).sum() for g in grads), (x, weight, bias)))
    for ours, theirs in zip(*results, strict=True):
        _close(ours, theirs, 1e-4)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # torch's own, when jvp is first used
def test_a_batch_of_gradients_and_the_transformations_of_torch():
    x, weight, bias, _ = _inputs((20,), 12, 8)
    many = torch.randn(3, 20, 8)
    y = kernels.linear(x, weight, bias)
    (ours,) = torch.autograd.grad(y, x, many, is_grads_batched=True)
    _close(ours, many @ weight, 1e-5)
    _close(torch.func.vmap(kernels.linear, (0, None, None))(x, weight, bias), F.linear(x, weight, bias), 1e-5)
    _close(torch.func.jacrev(kernels.linear, 2)(x[:2], weight, bias), torch.eye(8).expand(2, 8, 8), 1e-5)
    _, tangent = torch.func.jvp(lambda t: kernels.linear(t, weight, bias), (x,), (x,))
    _close(tangent, F.linear(x, weight), 1e-5)


def test_autocast_and_other_types_are_left_to_torch():
    x, weight, bias, _ = _inputs((20,), 12, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(kernels.linear(x, weight, bias), F.linear(x, weight, bias))
    half = [t.bfloat16() for t in (x, weight, bias)]
    assert torch.equal(kernels.linear(*half), F.linear(*half))


def test_what_does_not_fit_together_is_refused_as_by_torch():
    x, weight, bias, _ = _inputs((20,), 12, 8)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        kernels.linear(x[:, :11], weight, bias)
    with pytest.raises(RuntimeError, match="size"):
        kernels.linear(x, weight, bias[:7])


@needs_kernels
@pytest.mark.parametrize(("rows", "size", "kernel"), [(1, 100, False), (100, 100, True), (8, 1024, True)])
@pytest.mark.parametrize("mkl", [False, True])
def test_only_what_is_worth_it_runs_on_the_kernel(rows, size, kernel, mkl, monkeypatch):
    monkeypatch.setattr(linear_layer, "_WORTH_A_CALL", 1 << 19)
    monkeypatch.setattr(compiled, "has_mkl_at_home", lambda: mkl)
    x, weight, bias, upstream = _inputs((rows,), size, size)
    node = kernels.linear(x, weight, bias).grad_fn.name()
    assert ("_Linear" in node) == (kernel and (not mkl or size == 1024))
    _check(x, weight, bias, upstream)


def test_the_layer_is_that_of_torch():
    torch.manual_seed(1)
    ours = Linear(12, 8)
    theirs = torch.nn.Linear(12, 8)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(3, 5, 12)
    _close(ours(x), theirs(x), 1e-5)
    assert Linear(12, 8, bias=False).bias is None
    assert isinstance(ours, torch.nn.Linear)


def test_without_kernels(monkeypatch):
    monkeypatch.setattr(compiled, "_loaded", None)  # as RECURRA_KERNELS=off does
    x, weight, bias, _ = _inputs((20,), 12, 8)
    assert torch.equal(kernels.linear(x, weight, bias), F.linear(x, weight, bias))
