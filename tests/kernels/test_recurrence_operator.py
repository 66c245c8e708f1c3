"""The compiled kernels as PyTorch sees them: operations that can be traced, compiled, exported and checked."""

import pytest
import torch
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import make_boxed_func
from torch.library import opcheck

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
    return x, symbols, batch_sizes, h0, c0, weights, cell.name, True, 1, requires_grad


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_the_operator_keeps_every_promise_that_pytorch_checks(cell, packed, requires_grad, looked_up):
    opcheck(torch.ops.recurra.recurrence, _given(cell, packed, requires_grad, looked_up))


def _compiled(model, **how):
    """The model as one graph, and the forward graphs that there have been."""
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
    assert taken == [recurrence, native, native, native]
