"""Gradients of all states against autograd through the reference, step by step."""

import pytest
import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from recurra.kernels import compiled
from recurra.kernels.fused_cells import FUSED_CELLS
from recurra.kernels.known_outputs import KnownOutputs, serves

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

LSTM = FUSED_CELLS["lstm"]
STEPS, BATCH, INPUTS = 9, 5, 4


def problem(cell, hidden=7, projection=0, bias=True):
    """An input (T, B, I), weights, and states before the first step."""
    torch.manual_seed(0)
    output, gates = projection or hidden, cell.gates * hidden
    shapes = [(gates, INPUTS), (gates, output), *[(gates,)] * 2 * bias, *[(projection, hidden)] * bool(projection)]
    weights = [torch.randn(shape) / hidden**0.5 for shape in shapes]
    states = [torch.randn(BATCH, size) for size in ((output, hidden) if cell.has_memory else (output,))]
    return torch.randn(STEPS, BATCH, INPUTS), weights, states


def step_by_step(cell, x, weights, state, bias):
    """All states after each step, which autograd can differentiate by."""
    w_ih, w_hh, *others = weights
    b_ih, b_hh, *projection = others if bias else (None, None, *others)
    after = []
    for step in x:
        products = F.linear(step, w_ih, b_ih), F.linear(state[0], w_hh, b_hh)
        h, *memory = cell.equations(*(product.chunk(cell.gates, -1) for product in products), tuple(state))
        state = (F.linear(h, *projection) if projection else h, *memory)
        after.append(state)
    return after


def upstream(cell, after):
    return [torch.randn_like(torch.stack([state[0] for state in after]))] + [torch.randn_like(p) for p in after[-1]]


CASES = {
    "small": {},
    "several panels of units": {"hidden": 70},
    "without bias": {"bias": False},
}


@pytest.mark.parametrize("case", [*CASES, "projected"])
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=FUSED_CELLS)
def test_gradients_are_those_of_autograd(cell, case):
    if case == "projected" and not cell.is_projectable:
        pytest.skip("its equations mix h")
    settings = CASES.get(case, {"hidden": 40, "projection": 33})
    bias = settings.get("bias", True)
    x, weights, states = problem(cell, **settings)
    x.requires_grad_()
    after = step_by_step(cell, x, weights, states, bias)
    of_y, *of_final = upstream(cell, after)
    y = torch.stack([state[0] for state in after])
    flat = [part for state in after for part in state]
    of_x, *expected = torch.autograd.grad([y, *after[-1]], [x, *flat], [of_y, *of_final])
    known = KnownOutputs(cell, x.detach(), None, weights, states, y.detach(), bias=bias)
    found = known.gradients(of_y, of_final, needs_input=True)
    torch.testing.assert_close(found.x, of_x, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.h, torch.stack(expected[:: len(states)]), rtol=1e-4, atol=1e-5)
    if cell.has_memory:
        torch.testing.assert_close(found.c, torch.stack(expected[1::2]), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(known.memory, torch.stack([c.detach() for _, c in after]), rtol=1e-5, atol=1e-6)
    assert not known.gradients(of_y, [None] * len(states), needs_input=False).x.numel()


@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=FUSED_CELLS)
def test_packed_rows_are_as_padded_ones_where_there_is_no_padding(cell):
    x, weights, states = problem(cell)
    lengths = torch.tensor([9, 9, 6, 2, 1])
    after = step_by_step(cell, x, weights, states, True)
    y = torch.stack([state[0] for state in after])
    of_y, *of_final = upstream(cell, after)
    batch_sizes = pack_padded_sequence(x, lengths).batch_sizes
    packed = [pack_padded_sequence(values, lengths).data for values in (x, y, of_y)]
    known = KnownOutputs(cell, packed[0], batch_sizes, weights, states, packed[1], bias=True)
    found = known.gradients(packed[2], of_final, needs_input=True)
    for number, length in enumerate(lengths.tolist()):
        this = slice(number, number + 1)
        own_states = [state[this] for state in states]
        alone = KnownOutputs(cell, x[:length, this], None, weights, own_states, y[:length, this], bias=True)
        expected = alone.gradients(of_y[:length, this], [grad[this] for grad in of_final], needs_input=True)
        rows = [int(batch_sizes[:step].sum()) + number for step in range(length)]
        for of_packed, of_one in zip(found, expected, strict=True):
            if of_one.numel():
                torch.testing.assert_close(of_packed[rows], of_one[:, 0], rtol=1e-4, atol=1e-5)
        if cell.has_memory:
            torch.testing.assert_close(known.memory[rows], alone.memory[:, 0], rtol=1e-5, atol=1e-6)


def test_the_memory_follows_from_the_outputs_whatever_they_are():
    x, weights, (h, c) = problem(LSTM)
    y = torch.randn(STEPS, BATCH, 7)
    known = KnownOutputs(LSTM, x, None, weights, (h, c), y, bias=True)
    w_ih, w_hh, b_ih, b_hh = weights
    for number, (step, h_before) in enumerate(zip(x, [h, *y[:-1]], strict=True)):
        i, f, g, _ = (F.linear(step, w_ih, b_ih) + F.linear(h_before, w_hh, b_hh)).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        torch.testing.assert_close(known.memory[number], c, rtol=1e-5, atol=1e-6)


def test_serves_numbers_that_the_kernels_read():
    x = torch.ones(3, 2, 4)
    assert serves(LSTM, x)
    assert not serves(LSTM, x, x.double())
    assert not serves(LSTM, x[:, :0])
    with torch.autocast("cpu"):
        assert not serves(LSTM, x)
