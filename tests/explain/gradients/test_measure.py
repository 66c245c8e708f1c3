"""Gradients measured: held to autograd on networks unrolled by hand, and to recurrences that are known."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import recurra
from recurra.explain import gradients


class Linear(recurra.nn.Cell):
    """A linear recurrence: its Jacobian is its recurrent matrix."""

    def forward(self, x, u, state):
        return {"h": x["h"] + u["h"]}


def with_spectrum(eigenvalues, size):
    """A matrix of the size with these eigenvalues, on no special axes."""
    torch.manual_seed(0)
    basis = torch.linalg.qr(torch.randn(size, size))[0]
    return basis @ torch.diag(torch.tensor(eigenvalues)) @ basis.T


def linear_layer(matrix, **settings):
    layer = recurra.nn.Recurrent(Linear, 3, len(matrix), **settings)
    with torch.no_grad():
        layer.weight_hh_l0.copy_(matrix)
    return layer


@pytest.mark.parametrize("largest", [0.5, 0.9, 0.98, 1.02])
def test_half_life_of_a_linear_recurrence_with_a_set_spectrum(largest):
    spectrum = [*torch.linspace(0.1, 0.8 * largest, 15).tolist(), largest]
    layer = linear_layer(with_spectrum(spectrum, 16))
    (found,) = gradients(layer, torch.randn(60, 4, 3)).layers
    assert found.fading.rate == pytest.approx(-math.log(largest), rel=0.01)
    if largest < 1:
        assert found.fading.half_life == pytest.approx(math.log(2) / -math.log(largest), rel=0.01)
    assert found.singular_values.largest == pytest.approx([largest] * 6, rel=1e-4)
    assert found.singular_values.smallest == pytest.approx([0.1] * 6, rel=1e-3)


def test_half_life_of_a_layer_of_torch_with_a_set_spectrum():
    layer = nn.RNN(3, 8, nonlinearity="relu")
    with torch.no_grad():
        layer.weight_hh_l0.copy_(0.3 * torch.eye(8) + 0.6 / 8)  # eigenvalues 0.3 and 0.9
        layer.bias_ih_l0.fill_(10.0)  # no unit ever rests
    (found,) = gradients(layer, torch.randn(60, 4, 3)).layers
    assert found.saturated["dead units"] == 0
    assert found.fading.half_life == pytest.approx(math.log(2) / -math.log(0.9), rel=0.01)


@pytest.mark.parametrize("batch_first", [False, True])
def test_unequal_lengths_are_aligned_at_the_end_for_distances_and_at_the_start_for_steps(batch_first):
    matrix = with_spectrum([0.8] * 6, 6)  # whatever the direction, 0.8 a step
    layer = linear_layer(matrix, batch_first=batch_first)
    lengths = torch.tensor([3, 12, 7])
    x = torch.randn(3, 12, 3) if batch_first else torch.randn(12, 3, 3)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            return self.layer(x, lengths=lengths)

    (found,) = gradients(Model(), x).layers
    assert found.fading.ratios == pytest.approx([0.8**k for k in range(12)], rel=1e-4)
    by_step = found.by_step["h"]
    assert len(by_step) == 12
    # from step 7 on only the longest sequence is there
    assert by_step[10] / by_step[11] == pytest.approx(0.8, rel=1e-4)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("package", [nn, recurra.nn])
def test_norms_are_those_of_autograd_on_a_network_unrolled_by_hand(kind, package):
    torch.manual_seed(0)
    layer, cell = getattr(package, kind)(3, 5), getattr(nn, f"{kind}Cell")(3, 5)
    cell.load_state_dict({name.removesuffix("_l0"): weight for name, weight in layer.state_dict().items()})
    x, target = torch.randn(30, 4, 3), torch.randn(30, 4, 5)
    states, state = [], None
    for step in x:
        state = cell(step, state)
        states.append(state if isinstance(state, tuple) else (state,))
    outputs = torch.stack([state[0] for state in states])
    grads = torch.autograd.grad(((outputs - target) ** 2).mean(), [part for state in states for part in state])
    parameters = torch.autograd.grad(((outputs_of(cell, x) - target) ** 2).mean(), list(cell.parameters()))

    explanation = gradients(layer, (x, target), loss=lambda result, target: ((result[0] - target) ** 2).mean())
    (found,) = explanation.layers
    for number, name in enumerate(found.by_step):
        expected = [float(grad.norm(dim=-1).mean()) for grad in grads[number :: len(states[0])]]
        assert found.by_step[name] == pytest.approx(expected, rel=1e-5)
    expected = [float(grad.norm()) for grad in parameters]
    assert list(explanation.parameters.values()) == pytest.approx(expected, rel=1e-5)


def outputs_of(cell, x):
    outputs, state = [], None
    for step in x:
        state = cell(step, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs)


def test_layers_cells_and_directions_have_names():
    model = nn.Sequential(nn.LSTM(3, 4, num_layers=2, bidirectional=True))
    found = gradients(model, torch.randn(6, 2, 3)).layers
    assert [layer.name for layer in found] == [f"0 layer {n} {way}" for n in (0, 1) for way in ("forward", "backward")]


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("known", [True, False])
def test_a_stack_is_as_its_layers_one_by_one(residual, known):
    """What leads from layer to layer, held to layers that are each recorded by themselves."""

    class OtherCell(recurra.nn.GRUCell):
        pass

    cell = recurra.nn.GRUCell if known else OtherCell
    torch.manual_seed(0)
    stack = recurra.nn.Recurrent(cell, 5, 5, num_layers=3, residual=residual, bidirectional=False)

    class Apart(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(recurra.nn.GRU(5, 5) for _ in range(3))
            for number, layer in enumerate(self.layers):
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                    getattr(layer, f"{name}_l0").data.copy_(getattr(stack, f"{name}_l{number}"))

        def forward(self, x):
            for layer in self.layers:
                y, _ = layer(x)
                x = y + x if residual else y
            return x

    x = torch.randn(9, 2, 5)
    for a, b in zip(gradients(stack, x).layers, gradients(Apart(), x).layers, strict=True):
        assert a.by_step["h"] == pytest.approx(b.by_step["h"], rel=1e-4)
        assert a.fading.ratios == pytest.approx(b.fading.ratios, rel=1e-4)


def test_padded_and_packed_sequences_are_the_same():
    torch.manual_seed(0)
    layer, lengths = recurra.nn.LSTM(3, 5, num_layers=2, bidirectional=True), torch.tensor([4, 9, 6])
    x = torch.randn(9, 3, 3)
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    found = [gradients(layer, {"input": x, "lengths": lengths}), gradients(layer, packed)]
    for a, b in zip(*(explanation.layers for explanation in found), strict=True):
        assert a.by_step["h"] == pytest.approx(b.by_step["h"], rel=1e-4)
        assert a.fading.ratios == pytest.approx(b.fading.ratios, rel=1e-4)


class Loop(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        state = None
        for step in x:
            state = self.cell(step, state)
        return state[0] if isinstance(state, tuple) else state


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_cell_in_a_loop_is_as_a_layer(kind):
    torch.manual_seed(0)
    layer, cell = getattr(nn, kind)(3, 5), getattr(nn, f"{kind}Cell")(3, 5)
    cell.load_state_dict({name.removesuffix("_l0"): weight for name, weight in layer.state_dict().items()})
    x = torch.randn(12, 3, 3)
    (a,), (b,) = gradients(layer, x).layers, gradients(Loop(cell), x).layers
    assert (b.name, b.kind) == ("cell", a.kind)
    assert b.by_step["h"] == pytest.approx(a.by_step["h"], rel=1e-4)
    assert b.fading.rate == pytest.approx(a.fading.rate, rel=0.3)  # from another random side
    assert b.singular_values.largest[-1] == pytest.approx(a.singular_values.largest[-1], rel=1e-4)
    assert b.saturated == pytest.approx(a.saturated)


class OwnCell(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 5)

    def forward(self, x, h):
        h = torch.zeros(len(x), 5) if h is None else h
        return self.linear(torch.cat([x, h], -1)).tanh()


def test_a_cell_of_the_users_own():
    (found,) = gradients(Loop(OwnCell()), torch.randn(12, 3, 3), cells=[OwnCell]).layers
    assert found.kind == "OwnCell"
    assert len(found.by_step["h"]) == len(found.fading.ratios) == 12
    assert found.fading.ratios[0] == pytest.approx(1)
    assert found.singular_values.largest[0] > 0


# --- what stays as it was ---------------------------------------------------------------------------------------------


def test_the_number_of_threads_stays():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        gradients(nn.LSTM(3, 5), torch.randn(6, 4, 3))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_nothing_of_the_model_changes():
    torch.manual_seed(0)
    model = nn.ModuleDict({"rnn": nn.LSTM(3, 5, 2, dropout=0.5), "norm": nn.BatchNorm1d(5)})
    model.forward = lambda x: model["norm"](model["rnn"](x)[0][-1])
    model["rnn"].weight_hh_l0.grad = torch.ones(20, 5)
    model["norm"].bias.requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    random_state = torch.get_rng_state()
    gradients(model, torch.randn(6, 4, 3, generator=torch.Generator().manual_seed(0)))
    assert torch.equal(torch.get_rng_state(), random_state)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    assert torch.equal(model["rnn"].weight_hh_l0.grad, torch.ones(20, 5))
    assert all(p.grad is None for p in model.parameters() if p is not model["rnn"].weight_hh_l0)
    assert model.training
    assert not model["norm"].bias.requires_grad
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


@pytest.mark.parametrize("package", [nn, recurra.nn])
def test_dropout_in_training_is_the_one_of_the_pass(package):
    torch.manual_seed(0)
    model = package.LSTM(3, 40, num_layers=3, dropout=0.4)
    for layer in gradients(model, torch.randn(10, 4, 3)).layers:
        assert layer.error < 1e-5


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_works_without_gradients_around_it(mode):
    model = nn.GRU(3, 5)
    with mode():
        assert gradients(model, torch.randn(6, 2, 3)).layers


# --- whatever the layer -----------------------------------------------------------------------------------------------


class MatrixCell(recurra.nn.Cell):
    """A memory that is a matrix, and a number beside it."""

    gates = ("k", "v", "q")
    states = ("h", "C", "n")

    def state_shapes(self):
        return {"h": (self.hidden_size,), "C": (self.hidden_size, self.hidden_size), "n": ()}

    def forward(self, x, u, state):
        k, v, q = (x[name] + u[name] for name in self.gates)
        memory = 0.9 * state["C"] + 0.1 * v.tanh().unsqueeze(-1) * k.tanh().unsqueeze(-2)
        h = (memory @ q.tanh().unsqueeze(-1)).squeeze(-1)
        return {"h": h, "C": memory, "n": 0.5 * state["n"] + h.sum(-1)}


LAYERS = {
    "float64": nn.LSTM(3, 4).double(),
    "without bias": nn.GRU(3, 4, bias=False),
    "projected": nn.LSTM(3, 4, num_layers=2, proj_size=2),
    "accelerated": recurra.accelerate(nn.LSTM(3, 4, num_layers=2, bidirectional=True)),
    "norms": recurra.nn.GRU(3, 4, layer_norm=True),
    "zoneout": recurra.nn.LSTM(3, 4, num_layers=2, zoneout=(0.1, 0.2)),
    "dropped weights": recurra.nn.LSTM(3, 4, num_layers=2, weight_dropout=0.3, dropout=0.2, variational=True),
    "checkpoints": recurra.nn.GRU(3, 4, checkpoint_every=3),
    "a matrix": recurra.nn.Recurrent(MatrixCell, 3, 4),
    "relu": recurra.nn.RNN(3, 4, nonlinearity="relu", bidirectional=True, batch_first=True),
}


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("form", ["batch", "one sequence", "packed", "from a state"])
@pytest.mark.parametrize("name", LAYERS)
def test_any_layer_in_any_form(name, form):
    layer = LAYERS[name]
    torch.manual_seed(0)
    x = torch.randn(7, 7, 3, dtype=next(layer.parameters()).dtype)
    inputs = {"batch": x, "one sequence": x[:, 0], "packed": pack_padded_sequence(x, [7, 6, 4, 3, 2, 2, 1])}.get(
        form, x
    )
    if form == "from a state":
        state = layer(x)[1]
        inputs = inputs, tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
    torch.manual_seed(1)
    expected = layer(*inputs) if form == "from a state" else layer(inputs)
    torch.manual_seed(1)
    seen = []
    explanation = gradients(layer, (inputs, None), partial(keep, seen))
    assert equal(seen[0], expected)
    for found in explanation.layers:
        assert found.error < 1e-5
        assert found.fading.ratios[0] == pytest.approx(1)
        assert len(found.by_step["h"]) == 7
        assert found.by_step["h"][3] > 0
    assert explanation.not_finite is None


def keep(seen, result, targets):
    seen.append(result)
    output = result[0]
    return (output if isinstance(output, torch.Tensor) else output.data).sum()


def equal(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    return a is b is None or all(equal(x, y) for x, y in zip(a, b, strict=True))
