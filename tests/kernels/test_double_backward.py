"""Double backward on the compiled kernels against that of the equations in float64."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence

from recurra.kernels import compiled, recurrence_kernel, reference
from recurra.kernels.double_backward import Tangents, double_backward
from recurra.kernels.fused_cells import FUSED_CELLS
from recurra.kernels.recurrence_call import RecurrenceCall

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

CELLS = tuple(FUSED_CELLS.values())
LSTM = FUSED_CELLS["lstm"]
SIZE = st.integers(1, 100)


def _call(cell, steps, batch, inputs, hidden, directions=1, projection=0, bias=True, lengths=None, distinct=0):
    """A layer's weights, drawn as PyTorch draws them, and what it reads."""
    output = projection or hidden
    shapes = [(cell.gates * hidden, inputs), (cell.gates * hidden, output)]
    shapes += [(cell.gates * hidden,)] * 2 * bias + [(projection, hidden)] * bool(projection)
    weights = [torch.empty(shape).uniform_(-(hidden**-0.5), hidden**-0.5) for shape in shapes * directions]
    x, batch_sizes, symbols = torch.randn(steps, batch, inputs), None, None
    if lengths is not None:
        packed = pack_padded_sequence(x, torch.tensor(lengths))
        x, batch_sizes = packed.data, packed.batch_sizes
    if distinct:
        symbols, x = torch.randint(distinct, x.shape[:-1]), torch.randn(distinct, inputs)
    h0 = torch.randn(directions, batch, output)
    c0 = torch.randn(directions, batch, hidden) if cell.has_memory else torch.empty(0)
    return RecurrenceCall(cell, x, symbols, batch_sizes, h0, c0, weights, bias, directions)


def _directions(call, moving="all"):
    """Gradients of the results, and tangents of input, states and weights."""
    y = torch.randn(*call.rows, call.directions * call.h0.shape[2])
    upstream = [y, *(torch.randn_like(state) for state in call.states)]
    tangents = [torch.randn_like(t) if moving in ("all", str(i)) else None for i, t in enumerate(_inputs(call))]
    return upstream, tangents


def _inputs(call):
    return [call.x, *call.states, *call.weights]


def _by_kernel(call, upstream, tangents, needs=None):
    """Gradients by those of the results, then by the inputs."""
    states = len(call.states)
    y, _, _, saved = recurrence_kernel.forward(call, save=True)
    of_steps = recurrence_kernel.state_gradients(call, y, saved, [*upstream, None][:3])
    moves = Tangents(tangents[0], tangents[1], tangents[2] if states == 2 else None, tangents[1 + states :])
    of_cn = upstream[2] if states == 2 else None
    results, grads = double_backward(
        call, y, saved, (of_steps, of_cn), moves, needs or [True] * (1 + len(call.weights))
    )
    return [*results[: 1 + states], grads.x, grads.h0, *([grads.c0] if states == 2 else []), *grads.weights]


def _by_equations(call, upstream, tangents):
    """The same in float64, by autograd."""
    states = len(call.states)
    inputs = [t.double().requires_grad_() for t in _inputs(call)]
    upstream = [t.double().requires_grad_() for t in upstream]
    y, final = reference.sequence(
        call.cell,
        inputs[0],
        call.batch_sizes,
        inputs[1 + states :],
        tuple(inputs[1 : 1 + states]),
        bias=call.bias,
        bidirectional=call.directions == 2,
        symbols=call.symbols,
    )
    once = torch.autograd.grad((y, *final), inputs, upstream, create_graph=True)
    moving = [(grad, tangent.double()) for grad, tangent in zip(once, tangents, strict=True) if tangent is not None]
    grads, moves = zip(*moving, strict=True)
    sources = [*upstream, *inputs]
    twice = torch.autograd.grad(grads, sources, moves, allow_unused=True)
    return [torch.zeros_like(t) if grad is None else grad for grad, t in zip(twice, sources, strict=True)]


def _assert_equal(found, expected, tolerance=2e-5):
    """Each to a difference relative to its largest number: of float32, 6e-8 times the root of some 10,000 terms."""
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=0, atol=tolerance * max(1.0, float(other.abs().max())))


def _assert_right(call, moving="all", tolerance=2e-5):
    upstream, tangents = _directions(call, moving)
    _assert_equal(_by_kernel(call, upstream, tangents), _by_equations(call, upstream, tangents), tolerance)


@given(
    cell=st.sampled_from(CELLS),
    lengths=st.lists(st.integers(1, 20), min_size=1, max_size=40),
    equal=st.booleans(),
    inputs=SIZE,
    hidden=SIZE,
    directions=st.sampled_from([1, 2]),
    bias=st.booleans(),
    projection=st.integers(0, 99),
    threads=st.sampled_from([1, 2, 3]),
    distinct=st.sampled_from([0, 0, 1, 5, 130]),
    seed=st.integers(0, 1 << 16),
)
@settings(max_examples=60, deadline=None)
def test_gradients_of_gradients_are_those_of_the_equations(
    cell, lengths, equal, inputs, hidden, directions, bias, projection, threads, distinct, seed
):
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    projection = projection % hidden if cell.is_projectable else 0
    lengths = sorted(lengths, reverse=True)
    shape = lengths[0], len(lengths), inputs, hidden, directions, projection, bias, None if equal else lengths
    _assert_right(_call(cell, *shape, distinct=distinct))


@pytest.mark.parametrize("moving", range(7))
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_whatever_moves_alone(cell, moving):
    torch.manual_seed(1)
    call = _call(cell, 5, 4, 3, 6, projection=4 if cell.is_projectable else 0)
    if moving < len(_inputs(call)):
        _assert_right(call, str(moving))


@pytest.mark.parametrize("projection", [0, 20])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_instruction_set_gives_the_same(cell, projection, instruction_set):
    torch.manual_seed(1)
    for inputs, hidden, batch, directions in [(1, 1, 1, 1), (3, 33, 7, 2), (50, 64, 13, 1), (130, 100, 25, 2)]:
        projected = projection if cell.is_projectable and projection < hidden else 0
        _assert_right(_call(cell, 6, batch, inputs, hidden, directions, projected))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_long_sequences_of_many_rows_are_cut_into_chunks_without_a_seam(cell):
    torch.manual_seed(1)
    lengths = sorted(torch.randint(200, 301, (20,)).tolist(), reverse=True)
    _assert_right(_call(cell, lengths[0], 20, 9, 40, 2, lengths=lengths), tolerance=1e-4)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_run_gives_the_same_bits(cell, threads):
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    call = _call(cell, 30, 21, 40, 100, 2)
    upstream, tangents = _directions(call)
    first = _by_kernel(call, upstream, tangents)
    for _ in range(3):
        for one, other in zip(first, _by_kernel(call, upstream, tangents), strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize("asked", range(6))
def test_what_is_not_asked_for_is_empty_and_changes_nothing_else(asked):
    torch.manual_seed(1)
    call = _call(LSTM, 5, 4, 3, 6, projection=4)
    upstream, tangents = _directions(call)
    whole = _by_kernel(call, upstream, tangents)
    needs = [place == asked for place in range(6)]
    found = _by_kernel(call, upstream, tangents, needs)
    of_needs = dict(zip([3, 6, 7, 8, 9, 10], needs, strict=True))  # places of x and the weights among the gradients
    for place, (one, other) in enumerate(zip(found, whole, strict=True)):
        assert torch.equal(one, other) if of_needs.get(place, True) else one.numel() == 0


def test_tangents_that_are_strided_or_negated_lazily_are_read_right():
    torch.manual_seed(1)
    call = _call(FUSED_CELLS["gru"], 5, 4, 3, 6)
    upstream, tangents = _directions(call)
    expected = _by_kernel(call, upstream, tangents)
    negated = torch.complex(tangents[0], -tangents[0]).conj().imag
    assert negated.is_neg()
    strided = tangents[2].T.contiguous().T
    found = _by_kernel(call, upstream, [negated, tangents[1], strided, *tangents[3:]])
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("threads", [1, 2])
def test_numbers_too_small_to_count_are_zero(threads):
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    call = _call(FUSED_CELLS["rnn_tanh"], 6, 64, 8, 64, bias=False)
    call.weights[1] = 1e-13 * torch.eye(64)  # a step back divides by 1e13
    upstream, tangents = _directions(call, "0")
    upstream = [torch.zeros_like(upstream[0]), upstream[1]]  # of the last state alone
    of_x = _by_kernel(call, upstream, tangents)[2]
    expected = _by_equations(call, upstream, tangents)[2]
    largest = expected.abs().amax((1, 2))  # of each step
    assert 0 < largest[2] < 1e-38
    assert (of_x[:3] == 0).all()
    assert ((of_x.double() - expected)[3:].abs().amax((1, 2)) < 1e-5 * largest[3:]).all()
    assert float(torch.tensor(1e-30) * torch.tensor(1e-10)) > 0
