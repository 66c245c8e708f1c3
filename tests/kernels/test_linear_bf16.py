"""The linear layer and the large softmax with products of bfloat16 numbers, against sums in float64 of rounded ones."""

import pytest
import torch
from torch.nn import functional as F

from recurra.kernels import compiled, cross_entropy, linear, linear_cross_entropy, linear_kernel

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

EPSILON = 2.0**-8
"""Of bfloat16. A gradient of logits that comes to another bfloat16 number in another order of sums is off by this."""

SIZES = [  # rows, inputs, outputs
    (1, 1, 1),
    (3, 5, 7),
    (33, 31, 65),
    (70, 300, 40),
    (40, 600, 200),
    (1100, 48, 500),
    (9000, 20, 3),
]


def _inputs(rows, inputs, outputs):
    draw = torch.Generator().manual_seed(rows)
    x, weight = torch.randn(rows, inputs, generator=draw), torch.randn(outputs, inputs, generator=draw)
    return x, weight / inputs**0.5, torch.randn(outputs, generator=draw)


def _rounded(x):
    return x.bfloat16().double()


def _assert_near(found, expected, tolerance):
    """Within a tolerance, relative to the largest number."""
    scale = expected.abs().max().clamp(min=1e-30)
    torch.testing.assert_close(found.double() / scale, expected / scale, rtol=0, atol=tolerance)


@pytest.mark.usefixtures("bf16_set")
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_products_of_a_linear_layer_are_of_rounded_numbers(sizes):
    x, weight, bias = _inputs(*sizes)
    dy = torch.randn(sizes[0], sizes[2])
    y = linear_kernel.forward(x, weight, bias, bf16=True)
    _assert_near(y, _rounded(x) @ _rounded(weight).T + bias, 1e-5)
    grads = linear_kernel.backward(dy, x, weight, [True, True, True], bf16=True)
    _assert_near(grads.x, _rounded(dy) @ _rounded(weight), 1e-5)
    _assert_near(grads.weight, _rounded(dy).T @ _rounded(x), 1e-5)
    _assert_near(grads.bias, dy.double().sum(0), 1e-5)  # sums round nothing


@pytest.mark.usefixtures("bf16_set")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_loss_and_gradients_of_a_softmax_are_of_rounded_numbers(sizes, threads):
    torch.set_num_threads(threads)
    x, weight, bias = _inputs(*sizes)
    target = torch.randint(sizes[2], sizes[:1])
    loss, *grads = cross_entropy.on_the_kernel(x, weight, bias, target, [True, True, True], bf16=True)
    logits = _rounded(x) @ _rounded(weight).T + bias
    torch.testing.assert_close(loss.double(), F.cross_entropy(logits, target, reduction="sum"), rtol=1e-5, atol=1e-5)
    d = logits.softmax(-1) - F.one_hot(target, sizes[2])
    _assert_near(grads[0], _rounded(d.float()) @ _rounded(weight), EPSILON)
    _assert_near(grads[1], _rounded(d.float()).T @ _rounded(x), EPSILON)
    _assert_near(grads[2], d.sum(0), 1e-5)


def test_the_same_bits_come_again():
    x, weight, bias = _inputs(300, 70, 500)
    target = torch.randint(500, (300,))
    first, again = (cross_entropy.on_the_kernel(x, weight, bias, target, [True] * 3, bf16=True) for _ in range(2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_autocast_asks_for_them_of_the_softmax(dtype):
    x, weight, bias = _inputs(20, 8, 30)
    target = torch.randint(30, (20,))
    x, weight = x.to(dtype).requires_grad_(), weight.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        loss = linear_cross_entropy(x, weight, bias, target)
    assert loss.dtype is torch.float32
    expected, *grads = cross_entropy.on_the_kernel(x.float(), weight, bias, target, [True, True, False], bf16=True)
    torch.testing.assert_close(loss.detach(), expected.detach())
    found = torch.autograd.grad(loss, [x, weight])
    assert [grad.dtype for grad in found] == [dtype, torch.float32]
    torch.testing.assert_close(found[0], grads[0].to(dtype))
    torch.testing.assert_close(found[1], grads[1])


def test_a_compiled_softmax_within_autocast_is_the_same():
    x, weight, bias = _inputs(20, 8, 30)
    target = torch.randint(30, (20,))

    def loss(x):
        with torch.autocast("cpu", torch.bfloat16):
            return linear_cross_entropy(x, weight, bias, target)

    torch.testing.assert_close(torch.compile(loss, backend="aot_eager")(x), loss(x))


def test_autocast_asks_for_them_of_a_linear_layer_where_the_processor_has_no_instructions_for_it(monkeypatch):
    monkeypatch.setattr(compiled, "multiplies_bf16", lambda: False)
    called = []
    monkeypatch.setattr(linear_kernel, "forward", lambda *args, **more: called.append(more) or F.linear(*args))
    x, weight, bias = (tensor.requires_grad_() for tensor in _inputs(100, 80, 90))
    with torch.autocast("cpu", torch.bfloat16):
        y = linear(x, weight, bias)
        assert y.dtype is F.linear(x, weight, bias).dtype is torch.bfloat16
        assert called == [{"bf16": True}]
        linear(x[:2], weight, bias)  # too few to be worth a call
    linear(x, weight, bias)
    assert {"bf16": True} not in called[1:]


def test_gradients_of_a_linear_layer_within_autocast_are_pytorchs(monkeypatch):
    monkeypatch.setattr(compiled, "multiplies_bf16", lambda: False)
    inputs = [tensor.requires_grad_() for tensor in _inputs(100, 80, 90)]
    dy = torch.randn(100, 90).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        ours, theirs = linear(*inputs), F.linear(*inputs)
    found, expected = (torch.autograd.grad(y, inputs, dy) for y in (ours, theirs))
    for grad, other in zip([ours, *found], [theirs, *expected], strict=True):
        assert grad.dtype is other.dtype
        _assert_near(grad, other.double(), 2 * EPSILON)  # PyTorch rounds the bias, too


def test_denormal_gradients_cost_nothing_and_are_nothing():
    x, weight, bias = _inputs(8, 64, 70)
    bias[:] = torch.linspace(0, -100, 70)  # probabilities down to e^-100
    grads = cross_entropy.on_the_kernel(x, weight, bias, torch.zeros(8, dtype=torch.int64), [True] * 3)[1:]
    assert all(torch.isfinite(grad).all() for grad in grads)
    assert grads[2][-1] == 0
