"""The recurrence with products of bfloat16 numbers, against plain torch that rounds what is multiplied likewise."""

import pytest
import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from recurra import kernels
from recurra.kernels import compiled, recurrence, reference
from recurra.kernels.fused_cells import FUSED_CELLS

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

CELLS = tuple(FUSED_CELLS.values())
LSTM = FUSED_CELLS["lstm"]
SETS = ("v2", "v3", "v4", "v4_bf16", "v4_amx", "plain")

EPSILON = 2.0**-8
"""Of bfloat16. Two ways of summing in float32 seldom come to different bfloat16 numbers; where they do, one term of a
sum is off by this."""


def _choose(name):
    return compiled.extension.choose(name.split("_")[0]) and compiled.extension.choose_bf16(name)


# --- the reference ----------------------------------------------------------------------------------------------------


def _rounded(x):
    return x.bfloat16().to(x.dtype)


class _Product(torch.autograd.Function):
    """x W' + b in which all that is multiplied, forward and backward, is rounded before."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(_rounded(x), _rounded(weight))
        y = _rounded(x) @ _rounded(weight).T
        return y if bias is None else y + bias

    @staticmethod
    def backward(ctx, dy):
        x, weight = ctx.saved_tensors
        dy = _rounded(dy)
        rows = dy.flatten(0, -2)
        of_bias = rows.sum(0) if ctx.needs_input_grad[2] else None
        return dy @ weight, rows.T @ x.flatten(0, -2), of_bias


class _Functions:
    embedding = staticmethod(F.embedding)

    @staticmethod
    def linear(x, weight, bias=None):
        return _Product.apply(x, weight, bias)


@pytest.fixture
def rounding(monkeypatch):
    """Let the reference round what it multiplies."""
    monkeypatch.setattr(reference, "F", _Functions)


def _problem(cell, steps, batch, inputs, hidden, directions=1, projection=0, bias=True, lengths=None, distinct=0):
    """A layer's input, batch_sizes, weights, states and settings."""
    output = projection or hidden
    shapes = [(cell.gates * hidden, inputs), (cell.gates * hidden, output)]
    shapes += [(cell.gates * hidden,)] * 2 * bias + [(projection, hidden)] * bool(projection)
    bound = hidden**-0.5
    weights = [torch.empty(shape).uniform_(-bound, bound) for shape in shapes * directions]
    x, batch_sizes = torch.randn(steps, batch, inputs), None
    if lengths is not None:
        packed = pack_padded_sequence(x, torch.tensor(lengths))
        x, batch_sizes = packed.data, packed.batch_sizes
    states = tuple(torch.randn(directions, batch, size) for size in (output, hidden)[: len(cell.states)])
    how = {"bias": bias, "bidirectional": directions == 2}
    if distinct:
        how["symbols"] = torch.randint(distinct, x.shape[:-1])
        x = torch.randn(distinct, inputs)
    return x, batch_sizes, weights, states, how


def _run(function, cell, problem, dtype=torch.float32, **more):
    """Outputs, final states, and the gradients of everything for a random sum of them."""
    x, batch_sizes, weights, states, how = problem
    inputs = [t.to(dtype).clone().requires_grad_() for t in (x, *states, *weights)]
    x, states, weights = inputs[0], tuple(inputs[1 : 1 + len(states)]), inputs[1 + len(states) :]
    y, final = function(cell, x, batch_sizes, weights, states, **how, **more)
    results = [y, *final]
    generator = torch.Generator().manual_seed(1)
    upstream = [torch.randn(t.shape, generator=generator).to(dtype) for t in results]
    return [t.detach() for t in results], list(torch.autograd.grad(results, inputs, upstream))


def _bf16(cell, problem):
    return _run(recurrence.sequence, cell, problem, bf16=True)


def _assert_close(found, expected, share):
    """Numbers differ by no more than a share of the largest number of their tensor."""
    for part, (results, others) in enumerate(zip(found, expected, strict=True)):
        for n, (a, b) in enumerate(zip(results, others, strict=True)):
            off = (a.double() - b.double()).abs().max() / b.abs().max()
            assert off < share, f"{('result', 'gradient')[part]} {n}: off by {off:.2e} of the largest"


PROBLEMS = {
    "one step": {"steps": 1, "batch": 1, "inputs": 1, "hidden": 1},
    "odd": {"steps": 5, "batch": 3, "inputs": 7, "hidden": 5},
    "two directions": {"steps": 6, "batch": 4, "inputs": 9, "hidden": 33, "directions": 2},
    "no bias": {"steps": 4, "batch": 17, "inputs": 40, "hidden": 24, "bias": False},
    "lengths": {"steps": 7, "batch": 5, "inputs": 6, "hidden": 20, "directions": 2, "lengths": [7, 5, 5, 2, 1]},
    "many rows": {"steps": 9, "batch": 70, "inputs": 30, "hidden": 65},
    "symbols": {"steps": 8, "batch": 6, "inputs": 10, "hidden": 36, "distinct": 5},
}


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_results_and_gradients_are_those_of_rounded_products(cell, name, bf16_set, rounding):
    torch.manual_seed(1)
    problem = _problem(cell, **PROBLEMS[name])
    _assert_close(_bf16(cell, problem), _run(reference.sequence, cell, problem, torch.float64), 4 * EPSILON)


def test_a_projection_is_rounded_too(bf16_set, rounding):
    torch.manual_seed(1)
    problem = _problem(LSTM, 5, 6, 11, 37, directions=2, projection=13)
    _assert_close(_bf16(LSTM, problem), _run(reference.sequence, LSTM, problem, torch.float64), 4 * EPSILON)


def test_what_is_rounded_differs_from_float32_and_what_is_bfloat16_already_does_not(bf16_set):
    torch.manual_seed(1)
    relu = FUSED_CELLS["rnn_relu"]
    x, sizes, weights, (h0,), how = _problem(relu, 1, 40, 50, 60)
    in_float32 = recurrence.sequence(relu, x, sizes, weights, (h0,), **how)[0]
    in_bf16 = recurrence.sequence(relu, x, sizes, weights, (h0,), **how, bf16=True)[0]
    assert 1e-4 < (in_float32 - in_bf16).abs().max() < 10 * EPSILON
    rounded = [_rounded(t) for t in (x, h0, *weights[:2])]
    problem = rounded[0], sizes, [*rounded[2:], *weights[2:]], (rounded[1],)
    in_float32 = recurrence.sequence(relu, *problem, **how)[0]
    in_bf16 = recurrence.sequence(relu, *problem, **how, bf16=True)[0]
    torch.testing.assert_close(in_bf16, in_float32)  # products of 8 bits each are exact


@pytest.mark.parametrize("lengths", [None, [9, 9, 4, 4, 3, 1]])
def test_all_sets_but_amx_come_to_the_same_bits(lengths):
    """Of a cell whose equations do not round in ways of their own."""
    torch.manual_seed(1)
    problem = _problem(FUSED_CELLS["rnn_relu"], 9, 6, 35, 45, 2, lengths=lengths)
    every = {name: _bf16(FUSED_CELLS["rnn_relu"], problem) for name in SETS if name != "v4_amx" and _choose(name)}
    first, *others = every.values()
    for other in others:
        torch.testing.assert_close(other, first, rtol=0, atol=0)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_run_gives_the_same_bits(cell, threads):
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    problem = _problem(cell, 12, 40, 70, 96, 2)
    first = _bf16(cell, problem)
    for _ in range(3):
        torch.testing.assert_close(_bf16(cell, problem), first, rtol=0, atol=0)


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), float("nan"), 3e38, 1e-40])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_extreme_numbers_give_what_rounded_products_give(cell, value, bf16_set, rounding):
    torch.manual_seed(1)
    x, sizes, weights, states, how = _problem(cell, 4, 5, 8, 9)
    x[1, 2, 3] = value
    problem = x, sizes, weights, states, how
    found, expected = _bf16(cell, problem), _run(reference.sequence, cell, problem)
    for results, others in zip(found, expected, strict=True):
        for a, b in zip(results, others, strict=True):
            torch.testing.assert_close(a.isfinite(), b.isfinite())
            scale = b[b.isfinite()].abs().max().item() if b.isfinite().any() else 1.0
            finite = b.isfinite()
            torch.testing.assert_close(a[finite], b[finite], rtol=4 * EPSILON, atol=4 * EPSILON * scale)


# --- autocast ---------------------------------------------------------------------------------------------------------


def test_autocast_asks_for_it_and_results_stay_float32(rounding):
    torch.manual_seed(1)
    x, sizes, weights, states, how = problem = _problem(LSTM, 5, 6, 20, 30)
    expected = _bf16(LSTM, problem)
    with torch.autocast("cpu", torch.bfloat16):
        found = _run(kernels.sequence, LSTM, problem, training=True)
        y, _ = kernels.sequence(LSTM, x.bfloat16(), sizes, weights, states, training=False, **how)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    assert y.dtype is torch.float32
    torch.testing.assert_close(y, expected[0][0], rtol=0, atol=0)  # the input is rounded either way


def test_half_floats_are_left_to_pytorch(monkeypatch):
    monkeypatch.setattr(recurrence, "sequence", None)
    x, sizes, weights, states, how = _problem(FUSED_CELLS["gru"], 5, 6, 20, 30)
    with torch.autocast("cpu", torch.float16):
        kernels.sequence(FUSED_CELLS["gru"], x, sizes, weights, states, training=False, **how)


def test_weights_packed_for_one_are_not_read_by_the_other():
    torch.manual_seed(1)
    x, sizes, weights, states, how = _problem(LSTM, 5, 6, 20, 30)
    weights = [torch.nn.Parameter(weight) for weight in weights]
    with torch.no_grad():
        first = [recurrence.sequence(LSTM, x, sizes, weights, states, **how, bf16=bf16)[0] for bf16 in (True, False)]
        again = [recurrence.sequence(LSTM, x, sizes, weights, states, **how, bf16=bf16)[0] for bf16 in (True, False)]
    assert not first[0].equal(first[1])
    torch.testing.assert_close(first, again, rtol=0, atol=0)


def test_second_gradients_are_those_of_float32_within_rounding():
    torch.manual_seed(1)
    problem = _problem(LSTM, 4, 5, 8, 9)

    def second(bf16):
        x, sizes, weights, states, how = problem
        x = x.clone().requires_grad_()
        y, _ = recurrence.sequence(LSTM, x, sizes, weights, states, **how, bf16=bf16)
        (grad,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return torch.autograd.grad(grad.square().sum(), x)[0]

    expected = second(False)
    assert (second(True) - expected).abs().max() < 4 * EPSILON * expected.abs().max()
