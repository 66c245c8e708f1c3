"""Recorded calls opened step by step, held to `Recurrent.trace` and to autograd on networks unrolled by hand."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import recurra
from recurra.explain.recording import Recorder
from recurra.explain.unrolled import named_values, unroll
from recurra.kernels import known_outputs

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")


class Blend(recurra.nn.Cell):
    """A cell that the kernels do not know, whose units mix inside."""

    gates = ("h", "z")

    def forward(self, x, u, state):
        z = torch.sigmoid(x["z"] + u["z"])
        new = torch.tanh(x["h"] + u["h"].flip(-1))
        return {"z": z, "h": z * state["h"] + (1 - z) * new}


SETTINGS = {
    "plain": {},
    "stacked": {"num_layers": 3},
    "both ways": {"bidirectional": True},
    "stacked both ways": {"num_layers": 2, "bidirectional": True},
    "without bias": {"bias": False},
    "batch first": {"batch_first": True, "num_layers": 2},
}
TORCH_LAYERS = [nn.RNN, nn.LSTM, nn.GRU]
RECURRA_LAYERS = [recurra.nn.RNN, recurra.nn.LSTM, recurra.nn.GRU]


def like_in_recurra(layer):
    """The same layer as one of Recurra's, whose `trace` is the obvious way."""
    if isinstance(layer, recurra.nn.Recurrent):
        return layer
    names = ("input_size", "hidden_size", "num_layers", "bias", "batch_first")
    settings = {name: getattr(layer, name) for name in (*names, "bidirectional")}
    if layer.proj_size:
        settings["proj_size"] = layer.proj_size
    cls = getattr(recurra.nn, next(c.__name__ for c in TORCH_LAYERS if isinstance(layer, c)))
    twin = cls(**settings)
    twin.load_state_dict(layer.state_dict())
    return twin.double() if layer.weight_ih_l0.dtype is torch.float64 else twin


def recorded(layer, *args, **kwargs):
    with Recorder(layer) as recorder:
        result = layer(*args, **kwargs)
    return recorder.calls[0], result


def compare_values(layer, call, x, lengths=None):
    expected = like_in_recurra(layer).trace(x, lengths=lengths)
    expected.pop("output")
    found = named_values(call)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        value = value.transpose(0, 1) if layer.batch_first else value
        for sequence in range(value.shape[1]):
            end = len(value) if lengths is None else int(lengths[sequence])
            torch.testing.assert_close(
                found[name][:end, sequence], value[:end, sequence], msg=name, rtol=1e-5, atol=1e-6
            )
            assert not found[name][end:, sequence].any()


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("cls", TORCH_LAYERS + RECURRA_LAYERS)
def test_every_state_and_gate_is_as_in_a_trace(cls, settings):
    torch.manual_seed(0)
    layer = cls(3, 5, **settings)
    x = torch.randn(7, 4, 3)
    call, _ = recorded(layer, x)
    compare_values(layer, call, x)


@pytest.mark.parametrize("settings", [{}, {"num_layers": 2, "bidirectional": True}], ids=["plain", "stacked both ways"])
@pytest.mark.parametrize("cls", TORCH_LAYERS)
def test_values_of_packed_sequences(cls, settings):
    torch.manual_seed(0)
    layer, lengths = cls(3, 5, **settings), torch.tensor([4, 7, 2])
    x = torch.randn(7, 3, 3)
    call, _ = recorded(layer, pack_padded_sequence(x, lengths, enforce_sorted=False))
    compare_values(layer, call, x, lengths)


@pytest.mark.parametrize("cell", [recurra.nn.LSTMCell, Blend])
def test_values_of_sequences_with_lengths(cell):
    torch.manual_seed(0)
    layer, lengths = recurra.nn.Recurrent(cell, 3, 5, num_layers=2, bidirectional=True), torch.tensor([4, 6, 2])
    x = torch.randn(7, 3, 3)  # all are shorter than what pads them
    call, _ = recorded(layer, x, lengths=lengths)
    compare_values(layer, call, x, lengths)


def test_values_of_symbols_read_by_an_embedding():
    layer, vectors = recurra.nn.GRU(3, 5), torch.randn(10, 3)
    symbols = torch.randint(10, (7, 2))
    call, _ = recorded(layer, symbols, embedding=vectors)
    compare_values(layer, call, vectors[symbols])


@pytest.mark.parametrize("cls", [nn.LSTM, recurra.nn.LSTM])
def test_values_of_a_projected_lstm(cls):
    layer = cls(3, 5, num_layers=2, proj_size=2)
    x = torch.randn(7, 2, 3)
    call, _ = recorded(layer, x)
    compare_values(layer, call, x)


def test_values_in_float64():
    layer = nn.LSTM(3, 5, num_layers=2).double()
    x = torch.randn(7, 2, 3, dtype=torch.float64)
    call, _ = recorded(layer, x)
    compare_values(layer, call, x)


def test_the_same_units_are_dropped_again():
    """The top layer's recorded outputs follow from what the bottom layer is found to have given."""
    for layer in (nn.LSTM(3, 50, 2, dropout=0.5), recurra.nn.LSTM(3, 50, 2, dropout=0.5, weight_dropout=0.3)):
        for x in (torch.randn(7, 4, 3), pack_padded_sequence(torch.randn(7, 3, 3), [7, 4, 2])):
            call, _ = recorded(layer, x)
            (top,) = unroll(call)[-1].directions
            assert top.error_at([0, 3, 6]) < 1e-6


# --- gradients --------------------------------------------------------------------------------------------------------


def unrolled_by_hand(layer, x):
    """The states of a layer of torch.nn's equations in a loop, a graph with every one of them; and the top outputs."""
    twin = like_in_recurra(layer)
    states = {}
    for number in range(layer.num_layers):
        outputs = []
        for direction in range(2 if layer.bidirectional else 1):
            index = number * (2 if layer.bidirectional else 1) + direction
            weights = twin._weights(index)
            cell = twin._cell(index)
            state = {name: torch.zeros(x.shape[1], layer.hidden_size, dtype=x.dtype) for name in cell.states}
            steps = list(range(len(x)))
            of_step = {}
            for t in reversed(steps) if direction else steps:
                product = x[t] @ weights[0].T + weights[2]
                recurrent = state["h"] @ weights[1].T + weights[3]
                gates = [dict(zip(cell.gates, p.chunk(len(cell.gates), -1), strict=True)) for p in (product, recurrent)]
                values = cell(*gates, state)
                state = {name: values[name] for name in state}
                of_step[t] = state
            for name in cell.states:
                states[name + twin._suffixes[index]] = [of_step[t][name] for t in steps]
            outputs.append(torch.stack([of_step[t]["h"] for t in steps]))
        x = torch.cat(outputs, -1)
    return states, x


def all_gradients(call):
    """Total gradients of all states by name, from the top layer down, as the explanation of gradients takes them."""
    found, above = {}, call.output_grad
    for layer in reversed(unroll(call)):
        of_outputs = layer.gradient_of_outputs(above)
        parts = of_outputs.chunk(call.directions, -1)
        of_inputs = []
        for direction, part in zip(layer.directions, parts, strict=True):
            seed = torch.zeros_like(part[0])
            finals = dict.fromkeys(direction.initial)
            gradients = direction.gradients(direction.in_time(part), finals, seed, needs_input=True)
            of_inputs.append(direction.in_time(gradients.of_input))
            found |= {name + direction.suffix: direction.in_time(g) for name, g in gradients.of_states.items()}
        above = sum(of_inputs) + (of_outputs if layer.is_residual else 0)
    return found


@pytest.fixture(params=[True, False], ids=["with kernels", "without kernels"])
def _with_and_without_kernels(request, monkeypatch):
    if not request.param:
        monkeypatch.setattr(known_outputs, "serves", lambda *arguments: False)


@pytest.mark.usefixtures("_with_and_without_kernels")
@pytest.mark.parametrize("settings", [{}, {"num_layers": 2, "bidirectional": True}], ids=["plain", "stacked both ways"])
@pytest.mark.parametrize("cls", TORCH_LAYERS + RECURRA_LAYERS)
def test_gradients_are_those_of_autograd_on_a_network_unrolled_by_hand(cls, settings):
    torch.manual_seed(0)
    layer, x = cls(3, 5, **settings), torch.randn(12, 4, 3)
    target = torch.randn(12, 4, 10 if settings else 5)
    states, outputs = unrolled_by_hand(layer, x)
    flat = [state for name in states for state in states[name]]
    grads = iter(torch.autograd.grad(((outputs - target) ** 2).sum(), flat, allow_unused=True))
    expected = {name: [next(grads) for _ in values] for name, values in states.items()}

    call, (output, _) = recorded(layer, x)
    ((output - target) ** 2).sum().backward()
    found = all_gradients(call)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        for t, value in enumerate(values):
            torch.testing.assert_close(found[name][t], value, rtol=1e-5, atol=1e-5, msg=f"{name} at {t}")


def both(settings):
    """A layer that runs by the equations of all steps at once, and the same by one that runs stepwise."""

    class OtherCell(recurra.nn.LSTMCell):
        """The same equations, but not the cell that the kernels know."""

    torch.manual_seed(0)
    fast = recurra.nn.LSTM(3, 6, **settings)
    slow = recurra.nn.Recurrent(OtherCell, 3, 6, **settings)
    slow.load_state_dict(fast.state_dict())
    return fast, slow


@pytest.mark.usefixtures("_with_and_without_kernels")
@pytest.mark.parametrize(
    "settings",
    [{}, {"proj_size": 2}, {"num_layers": 2, "bidirectional": True}, {"num_layers": 2, "residual": True}],
    ids=str,
)
@pytest.mark.parametrize("lengths", [None, torch.tensor([4, 7, 2])], ids=["equal", "unequal"])
def test_all_steps_at_once_and_step_by_step_are_the_same(settings, lengths):
    found = []
    x, w = torch.randn(8, 3, 3), torch.randn(8, 3, 1)
    for layer in both(settings):
        call, (output, (h, c)) = recorded(layer, x, lengths=lengths)
        ((w * output).sum() + (h**2).sum() + (c**2).sum()).backward()
        top = unroll(call)[-1]
        for number, direction in enumerate(top.directions):
            part = call.output_grad.chunk(call.directions, -1)[number]
            finals = {"h": call.final_grads[0][direction.index], "c": call.final_grads[1][direction.index]}
            seed = torch.ones_like(part[0])
            gradients = direction.gradients(direction.in_time(part), finals, seed, needs_input=True)
            values = {name: direction.in_time(g) for name, g in gradients.of_states.items()}
            values |= {"from the end": gradients.from_the_end, "input": gradients.of_input}
            mask = slice(None) if direction.mask is None else direction.mask
            found.append({name: value[mask] for name, value in values.items()})
            found[-1]["jacobians"] = direction.jacobians([0, 1], 2)
    half = len(found) // 2
    for fast, slow in zip(found[:half], found[half:], strict=True):
        for name, value in slow.items():
            torch.testing.assert_close(fast[name], value, rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.parametrize("cls", [recurra.nn.RNN, recurra.nn.LSTM, recurra.nn.GRU, Blend])
def test_jacobian_is_that_of_one_step(cls):
    torch.manual_seed(0)
    layer = recurra.nn.Recurrent(Blend, 3, 4) if cls is Blend else cls(3, 4)
    x = torch.randn(6, 2, 3)
    call, _ = recorded(layer, x)
    (direction,) = unroll(call)[0].directions
    _, state = layer(x[:3, 1:])
    parts = state if isinstance(state, tuple) else (state,)

    def step(flat):
        before = tuple(part.reshape(1, 1, 4) for part in flat.chunk(len(parts)))
        _, after = layer(x[3:4, 1:], before if len(before) > 1 else before[0])
        return torch.cat([part.flatten() for part in (after if isinstance(after, tuple) else (after,))])

    expected = torch.autograd.functional.jacobian(step, torch.cat([part.flatten() for part in parts]))
    torch.testing.assert_close(direction.jacobians([3], 1)[0], expected, rtol=1e-4, atol=1e-6)
