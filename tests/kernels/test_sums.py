"""Sums over very many rows and steps: they keep their digits, whatever the number of terms."""

import pytest
import torch

from recurra.kernels import compiled, crf, linear_cross_entropy, linear_kernel, linear_layer
from recurra.nn import GRU, LSTM, Linear

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())


def relative_error(found: torch.Tensor, exact: torch.Tensor) -> float:
    return float(((found.double() - exact) / exact.abs().max()).abs().max())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rows", [1_000_000, 5_000])
def test_the_gradients_of_a_linear_layer(instruction_set, rows, threads):
    torch.set_num_threads(threads)
    x = torch.full((1, 1), 0.7).expand(rows, 4).contiguous()
    dy = torch.full((1, 1), 0.1).expand(rows, 2).contiguous()
    _, dw, db = linear_kernel.backward(dy, x, torch.ones(2, 4), [False, True, True])
    exact = rows * dy[0].double()
    assert relative_error(db, exact) < 3e-7
    assert relative_error(dw, exact.unsqueeze(1) * x[0].double()) < 1e-6


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 2), (8, 1), (4, 2), (40, 30)])
def test_the_gradients_of_any_linear_layer_whichever_way_it_goes(inputs, outputs):
    rows = 1_000_000 if inputs < 40 else 40_000
    layer = Linear(inputs, outputs)
    layer(torch.full((rows, inputs), 0.7)).backward(torch.full((rows, outputs), 0.1))
    exact = torch.tensor(rows * float(torch.tensor(0.1)), dtype=torch.float64)
    assert relative_error(layer.bias.grad, exact) < 1e-6
    assert relative_error(layer.weight.grad, exact * torch.tensor(0.7).double()) < (1e-6 if inputs < 40 else 4e-6)


def test_long_sums_can_be_differentiated_again():
    torch.manual_seed(1)
    layer = Linear(2, 1)
    x = torch.randn(linear_layer.MANY_ROWS + 5, 2, requires_grad=True)
    results = []
    for run in (layer, torch.nn.functional.linear):
        y = run(x) if run is layer else run(x, layer.weight, layer.bias)
        (first,) = torch.autograd.grad(y.square().mean(), layer.weight, create_graph=True)
        results.append([first.detach(), *torch.autograd.grad(first.square().sum(), [x, layer.weight])])
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_ten_million_rows():
    rows = 10_000_000
    x, dy = torch.ones(rows, 4), torch.full((rows, 2), 0.1)
    _, dw, db = linear_kernel.backward(dy, x, torch.ones(2, 4), [False, True, True])
    exact = rows * dy[0].double()
    assert relative_error(db, exact) < 3e-7
    assert relative_error(dw, exact.unsqueeze(1).expand(2, 4)) < 1e-6


@pytest.mark.parametrize(("rows", "outputs", "inputs"), [(9_001, 37, 50), (4_097, 5, 200), (20_000, 130, 3)])
def test_long_products_of_any_shape_are_right(instruction_set, rows, outputs, inputs):
    torch.manual_seed(1)
    x, dy = torch.randn(rows, inputs), torch.randn(rows, outputs)
    _, dw, db = linear_kernel.backward(dy, x, torch.ones(outputs, inputs), [False, True, True])
    assert relative_error(dw, dy.double().T @ x.double()) < 1e-6
    assert relative_error(db, dy.double().sum(0)) < 1e-6


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("symbols", [7, 400])
def test_the_gradients_of_a_softmax(instruction_set, symbols, threads):
    torch.set_num_threads(threads)
    rows = 30_000
    x = torch.full((1, 1), 0.3).expand(rows, 5).contiguous().requires_grad_()
    weight, bias = torch.zeros(symbols, 5, requires_grad=True), torch.zeros(symbols, requires_grad=True)
    target = torch.full((rows,), 3)
    loss = linear_cross_entropy(x, weight, bias, target)
    loss.backward()
    value = loss.item()
    exact = torch.full((symbols,), rows / symbols, dtype=torch.float64)
    exact[3] -= rows
    assert relative_error(bias.grad, exact) < 1e-6
    assert relative_error(weight.grad, exact.unsqueeze(1) * x[0].detach().double()) < 1e-6
    assert value == pytest.approx(rows * torch.tensor(symbols).double().log().item(), rel=1e-6)


@pytest.mark.parametrize("kind", [LSTM, GRU])
@pytest.mark.parametrize("looked_up", [False, True])
def test_the_gradients_of_a_recurrent_layer_over_many_steps(instruction_set, kind, looked_up):
    """Of an output that the weights move by the same at every step: all terms of a sum are alike."""
    torch.manual_seed(1)
    steps, batch = 300, 40
    layer = kind(3, 5)
    vectors = torch.randn(2, 3)
    symbols = torch.zeros(steps, batch, dtype=torch.int64)
    results = []
    for dtype in (torch.float32, torch.float64):
        own = kind(3, 5).to(dtype)
        own.load_state_dict(layer.state_dict())
        if looked_up and dtype is torch.float32:
            y, _ = own(symbols, embedding=vectors)
        else:
            y, _ = own(vectors.to(dtype)[symbols])
        y.sum().backward()
        results.append([weight.grad for weight in own.parameters()])
    for found, exact in zip(*results, strict=True):
        assert relative_error(found, exact) < 2e-6


def test_the_gradients_of_a_chain_over_many_steps(instruction_set):
    steps, labels = 200_000, 3
    given = [torch.zeros(1, steps, labels), torch.zeros(labels, labels), torch.zeros(labels), torch.zeros(labels)]
    transitions = given[1].requires_grad_()
    crf.log_partition(given[0], transitions, given[2], given[3], torch.tensor([steps])).backward()
    exact = torch.full((labels, labels), (steps - 1) / labels**2, dtype=torch.float64)
    assert relative_error(transitions.grad, exact) < 1e-6


def test_infinity_in_a_sum_is_no_nan(instruction_set):
    dy = torch.ones(200, 2)
    dy[3, 0] = torch.inf
    *_, db = linear_kernel.backward(dy, torch.ones(200, 4), torch.ones(2, 4), [False, False, True])
    assert db.tolist() == [torch.inf, 200]
