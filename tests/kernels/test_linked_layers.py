"""Layers that run side by side, against one after the other."""

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from recurra import nn
from recurra.kernels import FUSED_CELLS, compiled, linked_layers, recurrence
from recurra.kernels.linked_layers import Layers

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

LSTM = FUSED_CELLS["lstm"]


def _problem(
    cell, count=3, steps=20, batch=2, inputs=5, hidden=18, output=None, lengths=None, symbols=False, bias=True
):
    """x, symbols, batch sizes, weights and states; all but the symbols and sizes want gradients."""
    torch.manual_seed(1)
    output = output or hidden
    rows = [steps, batch] if lengths is None else [sum(lengths)]
    sizes = (
        None if lengths is None else pack_padded_sequence(torch.zeros(steps, batch), torch.tensor(lengths)).batch_sizes
    )
    x = torch.randn(*([7] if symbols else rows), inputs)
    numbers = torch.randint(7, rows) if symbols else None
    gates, weights = cell.gates * hidden, []
    for number in range(count):
        shapes = [(gates, output if number else inputs), (gates, output), *[(gates,)] * (2 * bias)]
        weights += [torch.randn(shape) * 0.3 for shape in shapes]
        weights += [torch.randn(output, hidden) * 0.3] if output != hidden else []
    states = [torch.randn(count, batch, output), torch.randn(count, batch, hidden)][: len(cell.states)]
    for tensor in (x, *weights, *states):
        tensor.requires_grad_()
    return x, numbers, sizes, weights, tuple(states)


def _linked(layers, x, symbols, sizes, weights, states):
    y, finals = linked_layers.sequence(layers, x, symbols, sizes, weights, states)
    return [y, *finals]


def _one_by_one(layers, x, symbols, sizes, weights, states):
    finals = []
    for number, of_layer in enumerate(layers.by_layer(weights)):
        before = tuple(state[number : number + 1] for state in states)
        how = {"bias": layers.bias, "bidirectional": False, "bf16": layers.bf16}
        x, final = recurrence.sequence(layers.cell, x, sizes, of_layer, before, symbols=symbols, **how)
        symbols = None
        finals.append(final)
    return [x, *(torch.cat(parts) for parts in zip(*finals, strict=True))]


def _with_gradients(run, layers, problem):
    x, _, _, weights, states = problem
    results = run(layers, *problem)
    torch.manual_seed(2)
    upstream = [torch.randn_like(result) for result in results]
    return [*results, *torch.autograd.grad(results, [x, *weights, *states], upstream)]


@pytest.mark.usefixtures("instruction_set")
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"steps": 1, "batch": 1},
        {"steps": 90, "batch": 8, "count": 2},
        {"lengths": [20, 13, 4], "batch": 3},
        {"symbols": True},
        {"symbols": True, "lengths": [20, 2]},
        {"bias": False, "hidden": 40, "steps": 9},
    ],
    ids=str,
)
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_layers_side_by_side_give_what_one_after_the_other_gives(cell, settings, threads):
    torch.set_num_threads(threads)
    problem = _problem(cell, **settings)
    layers = Layers(cell, settings.get("bias", True), len(problem[4][0]))
    found, expected = (_with_gradients(run, layers, problem) for run in (_linked, _one_by_one))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)


def test_projections_and_bfloat16_go_side_by_side_too():
    torch.set_num_threads(2)
    for layers in (Layers(LSTM, True, 3), Layers(LSTM, True, 3, bf16=True)):
        problem = _problem(LSTM, output=7)
        found, expected = (_with_gradients(run, layers, problem) for run in (_linked, _one_by_one))
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)


def test_more_rows_than_the_weights_gradients_are_taken_of_at_once():
    torch.set_num_threads(2)
    problem = _problem(FUSED_CELLS["gru"], count=2, steps=700, batch=3, hidden=8)
    layers = Layers(FUSED_CELLS["gru"], True, 2)
    found, expected = (_with_gradients(run, layers, problem) for run in (_linked, _one_by_one))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)


def test_only_gradients_that_are_asked_for_are_given():
    torch.set_num_threads(2)
    x, *rest, weights, states = _problem(LSTM)
    y = _linked(Layers(LSTM, True, 3), x.detach(), *rest, weights, states)[0]
    torch.testing.assert_close(
        torch.autograd.grad(y.sum(), weights[1]),
        torch.autograd.grad(_one_by_one(Layers(LSTM, True, 3), x, *rest, weights, states)[0].sum(), weights[1]),
        rtol=1e-5,
        atol=1e-4,
    )
    _, hn, _ = _linked(Layers(LSTM, True, 3), x, *rest, weights, states)
    _, expected, _ = _one_by_one(Layers(LSTM, True, 3), x, *rest, weights, states)
    torch.testing.assert_close(
        torch.autograd.grad(hn[0].sum(), states), torch.autograd.grad(expected[0].sum(), states), rtol=1e-5, atol=1e-4
    )


def test_gradients_are_differentiable_again():
    torch.set_num_threads(2)
    problem = _problem(LSTM, count=2, steps=4, hidden=6)
    seconds = []
    for run in (_linked, _one_by_one):
        y = run(Layers(LSTM, True, 2), *problem)[0]
        (first,) = torch.autograd.grad(y.square().sum(), problem[0], create_graph=True)
        seconds.append(torch.autograd.grad(first.square().sum(), problem[3]))
    torch.testing.assert_close(*seconds, rtol=1e-4, atol=1e-3)


def test_a_batch_of_gradients_is_taken_at_once():
    torch.set_num_threads(2)
    problem = _problem(LSTM, count=2, steps=4, hidden=6)
    many = torch.eye(3)[:, None, None, :].expand(3, 4, 2, 3)
    found, expected = (
        torch.autograd.grad(run(Layers(LSTM, True, 2), *problem)[0][..., :3], problem[0], many, is_grads_batched=True)
        for run in (_linked, _one_by_one)
    )
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)


# --- where they are used ----------------------------------------------------------------------------------------------


@pytest.fixture
def linked(monkeypatch):
    """The calls of layers side by side."""
    calls, sequence = [], linked_layers.sequence
    monkeypatch.setattr(linked_layers, "sequence", lambda *args: calls.append(args) or sequence(*args))
    return calls


@pytest.mark.parametrize(
    ("settings", "batch", "threads", "is_linked"),
    [
        ({}, 1, 2, True),
        ({"dropout": 0.5}, 1, 2, False),
        ({"residual": True}, 1, 2, False),
        ({"bidirectional": True}, 1, 2, False),
        ({"weight_dropout": 0.5}, 1, 2, False),
        ({"checkpoint_every": 4}, 1, 2, False),
        ({}, 1, 1, False),
        ({}, 64, 2, False),
    ],
    ids=str,
)
def test_a_stack_trains_so_where_that_gains(linked, settings, batch, threads, is_linked):
    torch.set_num_threads(threads)
    layer = nn.LSTM(64, 64, 2, **settings)
    x = torch.randn(12, batch, 64)
    y, (hn, cn) = layer(x)
    assert bool(linked) is is_linked
    assert y.shape == (12, batch, 64 * layer.num_directions)
    assert hn.shape == cn.shape == (2 * layer.num_directions, batch, 64)
    linked.clear()
    layer.eval()
    with torch.no_grad():
        layer(x)
    assert not linked


def test_a_stack_of_sequences_of_unequal_length_gives_the_same_gradients(linked):
    layer = nn.GRU(48, 48, 3)
    x, lengths = torch.randn(30, 4, 48), torch.tensor([7, 30, 1, 18])
    grads = []
    for threads in (2, 1):
        torch.set_num_threads(threads)
        y, hn = layer(x, lengths=lengths)
        grads.append(torch.autograd.grad(y.square().sum() + hn.sum(), layer.parameters()))
        assert len(linked) == 1
    torch.testing.assert_close(*grads, rtol=1e-5, atol=1e-4)


def test_calls_that_do_not_fit_are_refused():
    x, _, sizes, weights, states = _problem(LSTM)
    with pytest.raises(ValueError, match="weights: expected shape"):
        linked_layers.sequence(Layers(LSTM, True, 3), x[..., :4], None, sizes, weights, states)
    with pytest.raises(ValueError, match="h0: expected 3 sequences, got 2"):
        linked_layers.sequence(Layers(LSTM, True, 3), x[:, :1].expand(-1, 3, -1), None, sizes, weights, states)
    extension = compiled.extension
    with pytest.raises(ValueError, match="layers: expected at least one"):
        extension.forward_layers([], [], [], 1, False)
    sizes_of = [[LSTM.number, 5, 4, 4, 3, 2, 6, 1, 0, 6, 0], [LSTM.number, 5, 4, 4, 3, 2, 6, 1, 0, 6, 0]]
    with pytest.raises(ValueError, match="layers: expected each to read the steps of the one below"):
        extension.forward_layers(sizes_of, [0] * 10, [0] * 14, 1, False)
