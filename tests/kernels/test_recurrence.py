"""The compiled recurrence against the reference, and the reference against PyTorch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence

from recurra.kernels import (
    compiled,
    native,
    recurrence,
    recurrence_call,
    recurrence_gradients,
    recurrence_kernel,
    reference,
)
from recurra.kernels.fused_cells import FUSED_CELLS

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

CELLS = tuple(FUSED_CELLS.values())
LSTM = FUSED_CELLS["lstm"]


def _problem(
    cell,
    steps,
    batch,
    inputs,
    hidden,
    directions=1,
    projection=0,
    bias=True,
    lengths=None,
    dtype=torch.float32,
    distinct=0,
):
    """A layer's input, batch_sizes, weights and states, drawn as PyTorch draws them.

    With `distinct`, its steps read symbols, each of which stands for one of so many vectors.
    """
    output = projection or hidden
    shapes = [(cell.gates * hidden, inputs), (cell.gates * hidden, output)]
    shapes += [(cell.gates * hidden,)] * 2 * bias + [(projection, hidden)] * bool(projection)
    bound = hidden**-0.5
    weights = [torch.empty(shape, dtype=dtype).uniform_(-bound, bound) for shape in shapes * directions]
    x, batch_sizes = torch.randn(steps, batch, inputs, dtype=dtype), None
    if lengths is not None:
        packed = pack_padded_sequence(x, torch.tensor(lengths))
        x, batch_sizes = packed.data, packed.batch_sizes
    sizes = (output, hidden) if cell.has_memory else (output,)
    states = tuple(torch.randn(directions, batch, size, dtype=dtype) for size in sizes)
    how = {"bias": bias, "bidirectional": directions == 2}
    if distinct:
        how["symbols"] = torch.randint(distinct, x.shape[:-1])
        x = torch.randn(distinct, inputs, dtype=dtype)
    return x, batch_sizes, weights, states, how


def _run(function, cell, problem):
    """Outputs, final states, and the gradients of everything for a random sum of them."""
    x, batch_sizes, weights, states, how = problem
    inputs = [t.clone().requires_grad_() for t in (x, *states, *weights)]
    x, states, weights = inputs[0], tuple(inputs[1 : 1 + len(states)]), inputs[1 + len(states) :]
    y, final = function(cell, x, batch_sizes, weights, states, **how)
    results = [y, *final]
    generator = torch.Generator().manual_seed(1)
    upstream = [torch.randn(t.shape, generator=generator, dtype=t.dtype) for t in results]
    return [t.detach() for t in results], list(torch.autograd.grad(results, inputs, upstream))


def _native(cell, *given, **how):
    return native.sequence(cell, *given, training=True, **how)


def _assert_equal(found, expected, outputs=1e-5, gradients=1e-4):
    """Outputs to an absolute difference, gradients to one relative to their largest."""
    for one, other in zip(found[0], expected[0], strict=True):
        torch.testing.assert_close(one, other, rtol=outputs, atol=outputs)
    for one, other in zip(found[1], expected[1], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=gradients * max(1.0, float(other.abs().max())))


SIZE = st.integers(1, 100)


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
@settings(max_examples=100, deadline=None)
def test_outputs_and_gradients_are_those_of_the_reference(
    cell, lengths, equal, inputs, hidden, directions, bias, projection, threads, distinct, seed
):
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    projection = projection % hidden if cell.is_projectable else 0
    lengths = sorted(lengths, reverse=True)
    shape = lengths[0], len(lengths), inputs, hidden, directions, projection, bias, None if equal else lengths
    problem = _problem(cell, *shape, distinct=distinct)
    _assert_equal(_run(recurrence.sequence, cell, problem), _run(reference.sequence, cell, problem))


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("lengths", [None, [7, 7, 4, 1]], ids=["equal", "unequal"])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("projection", [0, 3])
@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.torch_sequence], ids=lambda cell: cell.name)
def test_the_reference_is_pytorchs_own(cell, directions, projection, lengths):
    if projection and not cell.is_projectable:
        pytest.skip(f"{cell.name} has no projection")
    torch.manual_seed(1)
    problem = _problem(cell, 7, 4, 5, 6, directions, projection, True, lengths, dtype=torch.float64)
    _assert_equal(_run(reference.sequence, cell, problem), _run(_native, cell, problem), 1e-12, 1e-12)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_gradients_of_the_reference_are_those_of_finite_differences(cell):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(cell, 4, 2, 3, 3, 2, lengths=[4, 2], dtype=torch.float64)

    def run(x, *rest):
        y, final = reference.sequence(cell, x, batch_sizes, rest[len(states) :], rest[: len(states)], **how)
        return y, *final

    assert torch.autograd.gradcheck(run, [t.requires_grad_() for t in (x, *states, *weights)])


@pytest.mark.parametrize("instructions", ["v2", "v3", "v4"])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_instruction_set_gives_the_same(cell, instructions):
    if not compiled.extension.choose(instructions):
        pytest.skip(f"this processor does not run {instructions}")
    torch.manual_seed(1)
    for inputs, hidden, batch, directions in [(1, 1, 1, 1), (3, 33, 7, 2), (50, 64, 13, 1), (130, 100, 25, 2)]:
        for distinct in (0, 5):
            problem = _problem(cell, 6, batch, inputs, hidden, directions, distinct=distinct)
            _assert_equal(_run(recurrence.sequence, cell, problem), _run(reference.sequence, cell, problem))


@pytest.mark.parametrize("distinct", [0, 200])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_long_sequences_of_many_rows_are_cut_into_chunks_without_a_seam(cell, distinct):
    torch.manual_seed(1)
    lengths = sorted(torch.randint(1, 301, (20,)).tolist(), reverse=True)
    problem = _problem(cell, lengths[0], 20, 9, 40, 2, lengths=lengths, distinct=distinct)
    _assert_equal(_run(recurrence.sequence, cell, problem), _run(reference.sequence, cell, problem), gradients=5e-4)


@pytest.mark.parametrize("distinct", [0, 50])
@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_run_gives_the_same_bits(cell, threads, distinct):
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    problem = _problem(cell, 30, 21, 40, 100, 2, distinct=distinct)
    first = _run(recurrence.sequence, cell, problem)
    for _ in range(3):
        again = _run(recurrence.sequence, cell, problem)
        for one, other in zip(first[0] + first[1], again[0] + again[1], strict=True):
            assert torch.equal(one, other)


EXTREMES = {
    "large": 1e4,
    "small": 1e-41,
    "infinite": float("inf"),
    "negative infinite": -float("inf"),
    "NaN": float("nan"),
}


@pytest.mark.parametrize("where", ["input", "state", "weight"])
@pytest.mark.parametrize("value", EXTREMES)
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_extreme_numbers_give_what_they_give_in_plain_torch(cell, value, where):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(cell, 3, 2, 5, 20)
    {"input": x, "state": states[-1], "weight": weights[1]}[where].view(-1)[3] = EXTREMES[value]
    expected, final = reference.sequence(cell, x, batch_sizes, weights, states, **how)
    found, last = recurrence.sequence(cell, x, batch_sizes, weights, states, **how)
    for one, other in zip((found, *last), (expected, *final), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5, equal_nan=True)


@pytest.mark.parametrize("distinct", [0, 7])
@pytest.mark.parametrize("asked", ["input", "states", "weights", "one weight"])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_only_what_is_asked_for_gets_a_gradient(cell, asked, distinct):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(cell, 5, 3, 4, 6, distinct=distinct)
    wanted = {"input": [x], "states": list(states), "weights": weights, "one weight": weights[1:2]}[asked]
    for t in wanted:
        t.requires_grad_()
    found, expected = (
        torch.autograd.grad(f(cell, x, batch_sizes, weights, states, **how)[0].square().sum(), wanted)
        for f in (recurrence.sequence, reference.sequence)
    )
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert all(t.grad is None for t in (x, *weights, *states))


@pytest.mark.parametrize("of", ["output", "state", "memory"])
def test_the_gradient_may_come_from_one_result_alone(of):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(LSTM, 5, 3, 4, 6)
    weights[0].requires_grad_()
    grads = []
    for function in (recurrence.sequence, reference.sequence):
        y, (h, c) = function(LSTM, x, batch_sizes, weights, states, **how)
        grads.append(torch.autograd.grad({"output": y, "state": h, "memory": c}[of].sum(), weights[0])[0])
    torch.testing.assert_close(*grads, rtol=1e-4, atol=1e-5)


def _penalty(function, cell, problem, of, dtype=torch.float32):
    """A loss, what the layer was called with, and the gradients of the loss by some of it, which are a function."""
    x, batch_sizes, weights, states, how = problem
    inputs = [t.detach().to(dtype).requires_grad_() for t in (x, *states, *weights)]
    x, states, weights = inputs[0], tuple(inputs[1 : 1 + len(states)]), inputs[1 + len(states) :]
    y, final = function(cell, x, batch_sizes, weights, states, **how)
    loss = y.pow(3).sum() + sum(part.square().sum() for part in final)
    return loss, inputs, torch.autograd.grad(loss, [inputs[i] for i in of], create_graph=True)


def _second(function, cell, problem, of, dtype=torch.float32):
    """Gradients of the loss and of a penalty on its gradients."""
    loss, inputs, first = _penalty(function, cell, problem, of, dtype)
    return torch.autograd.grad(loss + sum(grad.square().sum() for grad in first), inputs)


def _assert_near(found, expected, tolerance=2e-5):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=0, atol=tolerance * max(1.0, float(other.abs().max())))


@pytest.mark.parametrize("of", ["all", "input"])
@pytest.mark.parametrize("lengths", [None, [6, 5, 1]], ids=["equal", "unequal"])
@pytest.mark.parametrize("distinct", [0, 7])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_gradients_are_differentiated_again_by_the_kernels(cell, distinct, lengths, of, monkeypatch):
    torch.manual_seed(1)
    problem = _problem(cell, 6, 3, 3, 5, 2, lengths=lengths, distinct=distinct)
    of = [0] if of == "input" else range(1 + len(problem[3]) + len(problem[2]))
    expected = _second(reference.sequence, cell, problem, of, torch.float64)
    monkeypatch.delattr(reference, "sequence")
    _assert_near(_second(recurrence.sequence, cell, problem, of), expected)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_gradients_are_differentiated_a_third_time(cell):
    torch.manual_seed(1)
    problem = _problem(cell, 4, 3, 3, 5, 2, lengths=[4, 3, 1])

    def third(function, dtype):
        loss, inputs, first = _penalty(function, cell, problem, [0, 2], dtype)
        second = torch.autograd.grad(sum(grad.square().sum() for grad in first), inputs[:3], create_graph=True)
        return torch.autograd.grad(loss + sum(grad.square().sum() for grad in second), inputs)

    _assert_near(third(recurrence.sequence, torch.float32), third(reference.sequence, torch.float64), 1e-4)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_hessian_is_that_of_the_equations_row_by_row_and_at_once(cell):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(cell, 4, 2, 2, 3)

    def loss(x, function=recurrence.sequence):
        to = x.dtype
        y, _ = function(cell, x, batch_sizes, [w.to(to) for w in weights], tuple(s.to(to) for s in states), **how)
        return y.pow(3).sum()

    expected = torch.autograd.functional.hessian(lambda x: loss(x, reference.sequence), x.double())
    for vectorize in (False, True):
        _assert_near([torch.autograd.functional.hessian(loss, x, vectorize=vectorize)], [expected])


@pytest.mark.parametrize("vectorize", [False, True])
def test_the_hessian_of_what_is_linear_piece_by_piece_is_zero(vectorize):
    torch.manual_seed(1)
    relu = FUSED_CELLS["rnn_relu"]
    x, batch_sizes, weights, states, how = _problem(relu, 4, 2, 2, 3)

    def loss(x):
        return recurrence.sequence(relu, x, batch_sizes, weights, states, **how)[0].sum()

    assert not torch.autograd.functional.hessian(loss, x, vectorize=vectorize).any()


@pytest.mark.parametrize("of", ["output", "state", "memory"])
def test_the_second_gradient_may_come_from_one_result_alone(of):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(LSTM, 5, 3, 4, 6)
    weights[0].requires_grad_()
    twice = []
    for function in (recurrence.sequence, reference.sequence):
        y, (h, c) = function(LSTM, x.requires_grad_(), batch_sizes, weights, states, **how)
        loss = {"output": y, "state": h, "memory": c}[of].sum()
        first = torch.autograd.grad(loss, x, create_graph=True)[0]
        twice.append(torch.autograd.grad(first.square().sum(), [weights[0], x]))
    torch.testing.assert_close(*twice, rtol=1e-4, atol=1e-5)


def test_a_gradient_that_depends_on_what_is_learnt_later_hands_its_own_gradient_on():
    """The gradient from above is a function of a head's weights, which double backward must reach."""
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(LSTM, 5, 3, 4, 6)
    head = torch.randn(6, requires_grad=True)
    twice = []
    for function in (recurrence.sequence, reference.sequence):
        y, _ = function(LSTM, x.requires_grad_(), batch_sizes, weights, states, **how)
        first = torch.autograd.grad((y[-1] @ head).sum(), x, create_graph=True)[0]
        twice.append(torch.autograd.grad(first.square().sum(), head)[0])
    torch.testing.assert_close(*twice, rtol=1e-4, atol=1e-6)


def test_only_the_gradients_that_a_backward_pass_needs_are_computed(monkeypatch):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(LSTM, 5, 3, 4, 6)
    x.requires_grad_()
    for weight in weights[:3]:
        weight.requires_grad_()
    seen = []
    backward, double_backward = recurrence_kernel.backward, recurrence_gradients.double_backward
    monkeypatch.setattr(recurrence_kernel, "backward", lambda *a: seen.append(list(a[4])) or backward(*a))
    monkeypatch.setattr(
        recurrence_gradients, "double_backward", lambda *a: seen.append(list(a[5])) or double_backward(*a)
    )

    def loss():
        return recurrence.sequence(LSTM, x, batch_sizes, weights, states, **how)[0].square().sum()

    torch.autograd.grad(loss(), x)
    torch.autograd.grad(loss(), weights[1])
    torch.autograd.grad(loss(), [x, *weights[:3]])
    loss().backward()
    loss().backward(inputs=[weights[2]])
    assert seen == [
        [True, False, False, False, False],
        [False, False, True, False, False],
        [True, True, True, True, False],
        [True, True, True, True, False],
        [False, False, False, True, False],
    ]
    seen.clear()
    first = torch.autograd.grad(loss(), x, create_graph=True)[0]
    torch.autograd.grad(first.sum(), weights[0])  # double backward, and backward from what the loss's square adds
    assert seen == [[True, False, False, False, False], *[[False, True, True, True, False]] * 2]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_gradients_may_be_taken_for_a_batch_at_once(cell):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(cell, 4, 3, 3, 5)
    x.requires_grad_()
    y, _ = recurrence.sequence(cell, x, batch_sizes, weights, states, **how)
    upstream = torch.randn(2, *y.shape)
    both = torch.autograd.grad(y, x, upstream, is_grads_batched=True, retain_graph=True)[0]
    apart = [torch.autograd.grad(y, x, g, retain_graph=True)[0] for g in upstream]
    torch.testing.assert_close(both, torch.stack(apart), rtol=1e-4, atol=1e-5)


def test_backward_may_be_asked_for_twice():
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(FUSED_CELLS["gru"], 4, 3, 3, 5)
    y, _ = recurrence.sequence(FUSED_CELLS["gru"], x.requires_grad_(), batch_sizes, weights, states, **how)
    first = torch.autograd.grad(y.sum(), x, retain_graph=True)[0]
    assert torch.equal(torch.autograd.grad(y.sum(), x)[0], first)


def test_what_does_not_fit_is_refused():
    x, batch_sizes, weights, states, how = _problem(LSTM, 4, 3, 3, 5)
    with pytest.raises(ValueError, match="expected at least one step, sequence and feature"):
        recurrence.sequence(LSTM, x[:, :0], batch_sizes, weights, tuple(s[:, :0] for s in states), **how)
    with pytest.raises(ValueError, match=r"weights: expected shape \(20, 4\), got \(20, 3\)"):
        recurrence.sequence(LSTM, torch.randn(4, 3, 4), batch_sizes, weights, states, **how)
    with pytest.raises(ValueError, match="h0: expected 3 sequences, got 2"):
        recurrence.sequence(LSTM, x, batch_sizes, weights, tuple(s[:, :2] for s in states), **how)
    with pytest.raises(ValueError, match="c0: expected shape"):
        recurrence.sequence(LSTM, x, batch_sizes, weights, (states[0], states[1][:, :2]), **how)
    with pytest.raises(ValueError, match="never rise"):
        recurrence.sequence(LSTM, x.flatten(0, 1), torch.tensor([3, 2, 3, 4]), weights, states, **how)
    with pytest.raises(ValueError, match="sum of the sequences"):
        recurrence.sequence(LSTM, x.flatten(0, 1), torch.tensor([3, 2, 2, 1]), weights, states, **how)


def test_symbols_that_do_not_fit_are_refused():
    x, batch_sizes, weights, states, how = _problem(LSTM, 4, 3, 3, 5, distinct=6)
    symbols = how.pop("symbols")
    for wrong in (6, -1):
        symbols[1, 2] = wrong
        with pytest.raises(IndexError, match=f"symbol {wrong} is out of bounds for 6 vectors"):
            recurrence.sequence(LSTM, x, batch_sizes, weights, states, **how, symbols=symbols)
    symbols[1, 2] = 0
    with pytest.raises(ValueError, match="symbols in int64"):
        recurrence.sequence(LSTM, x, batch_sizes, weights, states, **how, symbols=symbols.int())
    with pytest.raises(ValueError, match=r"expected vectors \(V, I\)"):
        recurrence.sequence(LSTM, x[None], batch_sizes, weights, states, **how, symbols=symbols)
    with pytest.raises(ValueError, match="h0: expected 2 sequences, got 3"):
        recurrence.sequence(LSTM, x, batch_sizes, weights, states, **how, symbols=symbols[:, :2])


def _layer_of_parameters(cell, directions=1):
    x, batch_sizes, weights, states, how = _problem(cell, 6, 3, 5, 7, directions)
    return x, batch_sizes, [torch.nn.Parameter(weight) for weight in weights], states, how


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_weights_packed_before_give_the_same_and_are_packed_anew_when_they_have_changed(cell, directions):
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _layer_of_parameters(cell, directions)
    changes = [
        lambda: None,
        lambda: weights[1].mul_(0.5),
        lambda: weights[-1].data.add_(1.0),
        lambda: setattr(weights[0], "data", torch.randn_like(weights[0])),
    ]
    with torch.no_grad():
        for change in changes:
            change()
            expected, _ = reference.sequence(cell, x, batch_sizes, weights, states, **how)
            for _ in range(2):
                found, _ = recurrence.sequence(cell, x, batch_sizes, weights, states, **how)
                torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_two_layers_may_share_weights():
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _layer_of_parameters(FUSED_CELLS["rnn_tanh"])
    with torch.no_grad():
        for cell in (FUSED_CELLS[name] for name in ("rnn_tanh", "rnn_relu", "rnn_tanh")):
            found, _ = recurrence.sequence(cell, x, batch_sizes, weights, states, **how)
            expected, _ = reference.sequence(cell, x, batch_sizes, weights, states, **how)
            torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_what_training_keeps_goes_round_in_the_same_memory():
    torch.manual_seed(1)
    x, batch_sizes, weights, states, how = _problem(LSTM, 64, 32, 64, 128)
    weights[0].requires_grad_()
    seen, own = [], compiled.pooled_empty

    def pooled_empty(like, *shape):
        tensor = own(like, *shape)
        seen.append((tensor.numel(), tensor.data_ptr()))
        return tensor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recurrence_call.empty_results, "__defaults__", (pooled_empty,))
        for _ in range(3):
            y, _ = recurrence.sequence(LSTM, x, batch_sizes, weights, states, **how)
            y.sum().backward()
            del y
    assert seen[1][0] == 64 * 32 * 128 * 5  # after y
    assert seen[5] == seen[3] == seen[1]


@pytest.mark.parametrize("threads", [1, 2])
def test_gradients_too_small_to_count_are_zero_and_numbers_as_before_after(threads):
    """Vanishing gradients are full of numbers below 1.2e-38, with which processors are many times as slow."""
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    x, batch_sizes, (w_ih, _), states, how = _problem(FUSED_CELLS["rnn_tanh"], 6, 64, 8, 64, bias=False)
    x, tiny = x.requires_grad_(), 1e-13 * torch.eye(64)  # a step back divides by 1e13

    def gradient(function):
        outputs, _ = function(FUSED_CELLS["rnn_tanh"], x, batch_sizes, [w_ih, tiny], states, **how)
        return torch.autograd.grad(outputs[-1].sum(), x)[0]

    expected, grad = gradient(reference.sequence), gradient(recurrence.sequence)
    largest = expected.abs().amax((1, 2))  # of each step
    assert 0 < largest[2] < 1e-38
    assert ((grad - expected)[3:].abs().amax((1, 2)) < 1e-5 * largest[3:]).all()
    assert (grad[:3] == 0).all()
    assert float(torch.tensor(1e-30) * torch.tensor(1e-10)) > 0
