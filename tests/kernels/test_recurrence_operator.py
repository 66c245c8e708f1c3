"""The compiled kernels as PyTorch sees them: operations that can be traced, compiled, exported and checked."""

import contextlib

import pytest
import torch
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import make_boxed_func
from torch.library import opcheck
from torch.utils._python_dispatch import TorchDispatchMode

from recurra.kernels import FUSED_CELLS, compiled, native, recurrence
from recurra.nn import GRU, LSTM, RNN

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

LAYERS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


def _given(cell, packed=False, requires_grad=True, looked_up=False):
    torch.manual_seed(1)
    x, batch_sizes = (torch.randn(7, 4), torch.tensor([3, 3, 1])) if packed else (torch.randn(5, 3, 4), None)
    symbols = None
    if looked_up:
        symbols, x = torch.randint(6, x.shape[:-1]), torch.randn(6, 4)
    weights = [torch.randn(cell.gates * 6, *shape) for shape in [(4,), (6,), (), ()]]
    h0 = torch.randn(1, 3, 6)
    c0 = torch.randn(1, 3, 6) if cell.has_memory else torch.empty(0)
    if requires_grad:
        for t in (x, h0, *weights):
            t.requires_grad_()
    return x, symbols, batch_sizes, h0, c0, weights, cell.name, True, 1, False, requires_grad


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_the_operator_keeps_every_promise_that_pytorch_checks(cell, packed, requires_grad, looked_up):
    opcheck(torch.ops.recurra.recurrence, _given(cell, packed, requires_grad, looked_up))


def _given_backward(cell, packed, requires_grad, looked_up):
    """What `recurrence_backward` is given, for gradients of y and hn."""
    *call, _ = _given(cell, packed, requires_grad, looked_up)
    with torch.no_grad():
        y, hn, _, saved = torch.ops.recurra.recurrence(*call, True)
    grad_y = torch.randn_like(y).requires_grad_(requires_grad)
    return *call, y, saved, grad_y, torch.randn_like(hn), None


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_so_does_its_backward_pass(cell, packed, requires_grad, looked_up):
    opcheck(
        torch.ops.recurra.recurrence_backward, (*_given_backward(cell, packed, requires_grad, looked_up), [True] * 5)
    )


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_so_does_double_backward(cell, packed, looked_up):
    given = _given_backward(cell, packed, False, looked_up)
    x, h0, weights = given[0], given[3], given[5]
    tangents = torch.randn_like(x), torch.randn_like(h0), None, [torch.randn_like(weights[0]), None, None, None]
    opcheck(torch.ops.recurra.recurrence_double_backward, (*given, *tangents, [True, True, False, True, True]))


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_second_gradients_are_the_same_where_operations_are_recorded(cell, looked_up):
    class Names(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            names.append(str(function))
            return function(*args, **(kwargs or {}))

    def second(recorder):
        given = _given(cell, looked_up=looked_up)
        inputs = [given[0], given[3], *given[5]]
        states = (given[3], torch.zeros(1, 3, 6)) if cell.has_memory else (given[3],)
        with recorder:
            y, _ = recurrence.sequence(
                cell, given[0], None, given[5], states, bias=True, bidirectional=False, symbols=given[1]
            )
            first = torch.autograd.grad(y.pow(3).sum(), inputs, create_graph=True)
            return torch.autograd.grad(sum(grad.square().sum() for grad in first), inputs)

    names = []
    found, expected = second(Names()), second(contextlib.nullcontext())
    torch.testing.assert_close(found, expected)
    backward = "recurrence_backward"  # once more for what double backward gives to y
    kinds = ("recurrence", backward, "recurrence_double_backward", backward)
    assert [name for name in names if "recurra" in name] == [f"recurra.{kind}.default" for kind in kinds]


def _compiled(model, **how):
    """The model as one graph, and the forward graphs that there have been."""
    torch._dynamo.reset()  # which compiles the same code a few times only
    seen = []

    def note(graph, inputs):
        seen.append(str(graph.graph))
        return make_boxed_func(graph.forward)

    backend = aot_autograd(fw_compiler=note, bw_compiler=lambda graph, inputs: make_boxed_func(graph.forward))
    return torch.compile(model, fullgraph=True, backend=backend, **how), seen


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", LAYERS)
def test_a_compiled_model_is_one_graph_and_computes_the_same(kind, training):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(4, 5), LAYERS[kind](5, 6, 2, bidirectional=True))
    whole, seen = _compiled(model)
    x = torch.randn(7, 3, 4)
    with torch.set_grad_enabled(training):
        found, expected = whole(x)[0], model(x)[0]
    torch.testing.assert_close(found, expected)
    assert seen[0].count("recurra.recurrence") == 2
    if training:
        grads = [torch.autograd.grad(y.square().sum(), list(model.parameters())) for y in (found, expected)]
        torch.testing.assert_close(*grads)


def test_a_compiled_model_takes_other_lengths_and_batches():
    model = LSTM(3, 4)
    whole, seen = _compiled(model, dynamic=True)
    for steps, batch in [(5, 2), (9, 3), (4, 6)]:
        x = torch.randn(steps, batch, 3)
        torch.testing.assert_close(whole(x)[0], model(x)[0])
    assert len(seen) == 1
    assert "recurra.recurrence" in seen[0]


@pytest.mark.parametrize("kind", LAYERS)
def test_an_exported_model_computes_the_same(kind):
    torch.manual_seed(1)
    model, x = LAYERS[kind](3, 4, 2).eval(), torch.randn(5, 2, 3)
    program = torch.export.export(model, (x,))
    assert "recurra.recurrence" in str(program.graph)
    torch.testing.assert_close(program.module()(x), model(x))

    def second(run):
        first = torch.autograd.grad(run(x)[0].pow(3).sum(), x, create_graph=True)[0]
        return torch.autograd.grad(first.square().sum(), x)

    x.requires_grad_()
    torch.testing.assert_close(second(program.module()), second(model))


def test_a_step_can_be_compiled():
    model, x = GRU(3, 4, 2).eval(), torch.randn(2, 3)
    with torch.no_grad():
        expected, state = model.step(x)
        whole = torch.compile(model.step, fullgraph=True, backend="aot_eager")
        torch.testing.assert_close(whole(x), (expected, state))


def test_a_function_transform_sees_through_the_layer():
    model, x = GRU(3, 4), torch.randn(5, 2, 3)
    found, _ = torch.func.vjp(lambda x: model(x)[0], x)
    torch.testing.assert_close(found, model(x)[0])


def test_what_the_kernels_cannot_serve_goes_pytorchs_own_way(monkeypatch):
    taken = []
    for module in (recurrence, native):
        own = module.sequence
        monkeypatch.setattr(module, "sequence", lambda *a, _own=own, _m=module, **k: taken.append(_m) or _own(*a, **k))
    x = torch.randn(5, 2, 3)
    LSTM(3, 4)(x)
    LSTM(3, 4).double()(x.double())
    with torch.autocast("cpu", torch.bfloat16):
        LSTM(3, 4)(x)
    LSTM(3, 4, device="meta")(x.to("meta"))
    assert taken == [recurrence, native, recurrence, native]


@pytest.mark.parametrize("kind", LAYERS)
def test_a_model_compiled_under_autocast_is_one_graph_of_bfloat16_products(kind):
    torch.manual_seed(1)
    model = torch.nn.Sequential(LAYERS[kind](5, 6, 2, bidirectional=True))
    whole, seen = _compiled(model)
    x = torch.randn(7, 3, 5)
    found = []
    for one in (whole, model):
        with torch.autocast("cpu", torch.bfloat16):
            y = one(x)[0]
        found.append([y, *torch.autograd.grad(y.square().sum(), list(model.parameters()))])
    torch.testing.assert_close(*found)
    assert len(seen) == 1
    assert not found[0][0].equal(model(x)[0])


@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_operations_on_bfloat16_numbers_keep_every_promise(cell):
    *call, bf16, save = _given(cell)
    assert not bf16
    opcheck(torch.ops.recurra.recurrence, (*call, True, save))
