import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from recurra import kernels
from recurra.kernels import FUSED_CELLS, compiled, stream_step
from recurra.nn import GRU, LSTM, RNN

CELLS = pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)


def _stack(cell, bias, dtype, layers=3, inputs=5, hidden=7):
    """Random weights of a stack, and states."""
    widths = [(inputs if n == 0 else hidden,) for n in range(layers)]
    weights = [
        [torch.randn(cell.gates * hidden, *shape, dtype=dtype) for shape in [width, (hidden,)] + [()] * 2 * bias]
        for width in widths
    ]
    states = [torch.randn(layers, 2, hidden, dtype=dtype) for _ in cell.states]
    return weights, states


@pytest.mark.parametrize(("hidden", "batch"), [(33, 130), (64, 97)])
@pytest.mark.parametrize("residual", [False, True])
@CELLS
def test_a_step_of_many_streams_is_that_of_each(cell, residual, hidden, batch):
    torch.manual_seed(1)
    weights, _ = _stack(cell, True, torch.float32, inputs=hidden, hidden=hidden)
    # As large as a layer's: an instruction set may round one stream and many in another order, and large weights
    # make much of that.
    weights = [[weight / hidden**0.5 for weight in layer] for layer in weights]
    x = torch.randn(batch, hidden)
    states = [torch.randn(3, batch, hidden) for _ in cell.states]
    stack = stream_step.pack(cell, weights, residual)
    exact = stream_step.pack(cell, [[weight.double() for weight in layer] for layer in weights], residual)
    output, final = stack.step(x, states)
    expected, _ = exact.step(x.double(), [part.double() for part in states])
    torch.testing.assert_close(output, expected.float())
    for b in range(0, batch, 10):
        few, few_final = stack.step(x[b : b + 10], [part[:, b : b + 10].contiguous() for part in states])
        torch.testing.assert_close(output[b : b + 10], few)
        for of_many, of_few in zip(final, few_final, strict=True):
            torch.testing.assert_close(of_many[:, b : b + 10], of_few)


@pytest.mark.parametrize("hidden", [7, 64, 130])
@CELLS
def test_a_batch_invariant_stream_has_the_same_bits_whatever_stands_beside_it(cell, hidden, instruction_set):
    torch.manual_seed(1)
    weights, _ = _stack(cell, True, torch.float32, inputs=hidden, hidden=hidden)
    x = torch.randn(100, hidden)
    states = [torch.randn(3, 100, hidden) for _ in cell.states]
    stack = stream_step.pack(cell, weights, batch_invariant=True)
    assert stack.is_batch_invariant
    output, final = stack.step(x, states)
    plain, _ = stream_step.pack(cell, weights).step(x, states)
    torch.testing.assert_close(output, plain)
    for count in (*range(1, 27), 97):
        few, few_final = stack.step(x[:count], [part[:, :count].contiguous() for part in states])
        assert torch.equal(few, output[:count])
        for part, of_all in zip(few_final, final, strict=True):
            assert torch.equal(part, of_all[:, :count])


@pytest.mark.parametrize("dtype", [None, torch.int8, torch.bfloat16], ids=str)
@pytest.mark.parametrize("inputs", [5, 33])
@pytest.mark.parametrize("residual", [False, True])
@CELLS
def test_a_step_over_known_inputs_has_the_bits_of_one_over_the_inputs(cell, residual, inputs, dtype, instruction_set):
    torch.manual_seed(1)
    weights, _ = _stack(cell, True, torch.float32, layers=2, inputs=inputs, hidden=33)
    stack = stream_step.pack(cell, weights, residual, batch_invariant=True, dtype=dtype)
    vectors = torch.randn(9, inputs)
    stack.know_inputs(vectors)
    for count in (1, 2, 5, 14, 100):
        symbols = torch.randint(9, (count,))
        states = [torch.randn(2, count, 33) for _ in cell.states]
        y, final = stack.step_known(symbols, states)
        expected, expected_final = stack.step(vectors[symbols], states)
        assert torch.equal(y, expected)
        assert all(map(torch.equal, final, expected_final))


def test_a_step_over_known_inputs_refuses_what_it_does_not_know():
    layer = LSTM(3, 4)
    stack, states = layer.pack(), [torch.zeros(1, 1, 4)] * 2
    with pytest.raises(ValueError, match="know_inputs"):
        stack.step_known(torch.tensor([0]), states)
    for vectors in (
        torch.zeros(5, 4),
        torch.zeros(3),
        torch.zeros(0, 3),
        torch.zeros(5, 3).double(),
        torch.zeros(3, 5).T,
    ):
        with pytest.raises(ValueError, match=r"known inputs: expected \(V, 3\)"):
            stack.know_inputs(vectors)
    stack.know_inputs(torch.zeros(5, 3))
    for symbol in (-1, 5, 2**62):
        with pytest.raises(IndexError, match=f"below 5, got {symbol}"):
            stack.step_known(torch.tensor([symbol]), states)
    with pytest.raises(ValueError, match="symbols: expected int64"):
        stack.step_known(torch.tensor([0.0]), states)
    with pytest.raises(ValueError, match="symbols: expected shape"):
        stack.step_known(torch.tensor(0), states)
    with pytest.raises(ValueError, match="h: expected shape"):
        stack.step_known(torch.tensor([0, 0]), states)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["compiled", "torch"])
@pytest.mark.parametrize("bias", [True, False])
@CELLS
def test_a_packed_step_is_torchs_step(cell, bias, dtype):
    torch.manual_seed(1)
    weights, states = _stack(cell, bias, dtype)
    x = torch.randn(2, 5, dtype=dtype)
    found, final = stream_step.pack(cell, weights).step(x, states)
    for n, own in enumerate(weights):
        expected = kernels.step(cell, x, tuple(s[n] for s in states), own if bias else [*own, None, None])
        for one, other in zip([part[n] for part in final], expected, strict=True):
            torch.testing.assert_close(one, other)
        x = expected[0]
    torch.testing.assert_close(found, x)


@pytest.mark.parametrize("layer", [RNN, LSTM, GRU])
def test_a_layer_steps_over_packed_weights_as_over_its_own(layer):
    torch.manual_seed(1)
    stack = layer(5, 5, 3, residual=True, dtype=torch.float64)
    weights, state, packed_state = stack.pack(), None, None
    for x in torch.randn(4, 2, 5, dtype=torch.float64):
        output, state = stack.step(x, state)
        packed_output, packed_state = stack.step(x, packed_state, weights)
        torch.testing.assert_close(packed_output, output, rtol=0, atol=1e-12)


def test_packed_weights_are_a_copy():
    layer = LSTM(2, 3)
    weights, x = layer.pack(), torch.randn(1, 2)
    before, _ = layer.step(x, None, weights)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(1.0)
    after, _ = layer.step(x, None, weights)
    assert torch.equal(before, after)
    assert not torch.equal(after, layer.step(x)[0])


@pytest.mark.parametrize("settings", [{"layer_norm": True}, {"zoneout": 0.1}, {"proj_size": 2}], ids=str)
def test_a_layer_without_a_packed_step_says_so_and_steps_all_the_same(settings):
    layer = LSTM(3, 4, **settings)
    assert layer.pack() is None
    x = torch.randn(2, 3)
    assert torch.equal(layer.step(x, None, layer.pack())[0], layer.step(x)[0])


def _by_grad(layer, optimizer):
    layer(torch.randn(4, 1, 2))[0].square().sum().backward()
    optimizer.step()


CHANGES = {
    "SGD": lambda layer: _by_grad(layer, torch.optim.SGD(layer.parameters(), 0.1)),
    "Adam": lambda layer: _by_grad(layer, torch.optim.Adam(layer.parameters(), 0.1)),
    "fused Adam": lambda layer: _by_grad(layer, torch.optim.Adam(layer.parameters(), 0.1, fused=True)),
    "a load": lambda layer: layer.load_state_dict(LSTM(2, 3).state_dict()),
    "a load of the tensors": lambda layer: layer.load_state_dict(LSTM(2, 3).state_dict(), assign=True),
    "in place": lambda layer: layer.weight_hh_l0.detach().mul_(2),
    "through .data": lambda layer: layer.weight_hh_l0.data.clamp_(-0.01, 0.01),
    "another tensor": lambda layer: setattr(layer, "weight_hh_l0", torch.nn.Parameter(torch.randn(12, 3))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_layer_notices_that_its_weights_have_changed(change):
    torch.manual_seed(1)
    layer, x = LSTM(2, 3), torch.randn(1, 2)
    with torch.no_grad():
        _, state = layer.step(x)
        before, _ = layer.step(x, state)
    CHANGES[change](layer)
    with torch.no_grad():
        after, _ = layer.step(x, state)
        expected, _ = layer(x.unsqueeze(0), state)
    torch.testing.assert_close(after, expected[0])
    assert not torch.equal(after, before)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("inputs", [4, 7])
@pytest.mark.parametrize("layer", [RNN, LSTM, GRU])
@pytest.mark.parametrize("form", [(4,), (1, 4), (3, 4), (30, 4)], ids=str)
def test_steps_over_the_layers_own_weights_are_the_sequence(layer, inputs, residual, form):
    torch.manual_seed(1)
    stack = layer(inputs, 7, 3, residual=residual)
    x = torch.randn(6, *form[:-1], inputs)
    with torch.no_grad():
        expected, last = stack(x)
        outputs, state = [], None
        for t in range(6):
            y, state = stack.step(x[t], state)
            outputs.append(y)
    torch.testing.assert_close(torch.stack(outputs), expected)
    torch.testing.assert_close(state, last)


def test_several_threads_step_over_one_layer():
    layer, x = GRU(16, 64, 2), torch.randn(20, 5, 16)
    weights = layer.pack()

    def run(b):
        state = None
        for t in range(20):
            y, state = layer.step(x[t, b], state, weights)
        return y

    with torch.no_grad(), ThreadPoolExecutor(4) as pool:
        expected, _ = layer(x)
        for b, y in enumerate(pool.map(lambda b: _without_gradients(run, b), range(5))):
            torch.testing.assert_close(y, expected[-1, b])


def _without_gradients(run, *given):
    with torch.no_grad():
        return run(*given)


def test_a_layer_that_has_stepped_can_be_copied_and_pickled():
    layer, x = LSTM(2, 3), torch.randn(1, 2)
    with torch.no_grad():
        expected, _ = layer.step(x)
        for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
            assert torch.equal(other.step(x)[0], expected)


@pytest.mark.skipif(not compiled.enabled(), reason="packed for torch, the weights take any type, and gradients")
def test_packed_weights_refuse_gradients_and_other_types():
    layer = LSTM(2, 3)
    weights = layer.pack()
    with pytest.raises(ValueError, match="expected no gradients"):
        layer.step(torch.randn(1, 2, requires_grad=True), None, weights)
    with pytest.raises(ValueError, match=r"step: expected torch\.float32, as the weights are, got torch\.float64"):
        layer.step(torch.randn(1, 2, dtype=torch.float64), None, weights)


def test_one_tensor_is_no_state_of_a_cell_with_memory():
    layer, x = LSTM(3, 4), torch.randn(2, 3)
    with torch.no_grad(), pytest.raises(ValueError, match="state h, c: expected shapes"):
        layer.step(x, torch.zeros(1, 2, 4))
