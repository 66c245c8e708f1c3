import pytest
import torch
from torch.nn import functional as F

import recurra.nn
from recurra.nn import Cell, GRUCell, LSTMCell, Recurrent, ReLUCell, RNNCell
from recurra.nn.cells import CELLS

H, B = 4, 3


def _values(names):
    return {name: torch.randn(B, H, dtype=torch.float64) for name in names}


def _given(cell):
    torch.manual_seed(1)
    return _values(cell.gates), _values(cell.gates), _values(cell.states)


def _torch_step(kind, x, u, state):
    """torch.nn's own cell, its weights set so that the two products are x and u."""
    eye = torch.eye(H, dtype=torch.float64)
    gates = len(x)
    cell = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}.get(kind, torch.nn.RNNCell)
    more = {"nonlinearity": "relu"} if kind == "relu" else {}
    rows = []
    for b in range(B):  # one sequence at a time: its recurrent product is its bias
        one = cell(gates * H, H, dtype=torch.float64, **more)
        with torch.no_grad():
            one.weight_ih.copy_(torch.kron(torch.eye(gates, dtype=torch.float64), eye))
            one.weight_hh.zero_()
            one.bias_ih.zero_()
            one.bias_hh.copy_(torch.cat([u[name][b] for name in u]))
        carried = [part[b : b + 1] for part in state.values()]
        result = one(
            torch.cat([x[name][b : b + 1] for name in x], -1), tuple(carried) if kind == "lstm" else carried[0]
        )
        rows.append(result if isinstance(result, tuple) else (result,))
    return [torch.cat(parts) for parts in zip(*rows, strict=True)]


@pytest.mark.parametrize("kind", CELLS)
def test_a_step_is_that_of_torchs_cell(kind):
    cell = CELLS[kind](H)
    given = _given(cell)
    new = cell(*given)
    torch.testing.assert_close([new[name] for name in cell.states], _torch_step(kind, *given))


def test_the_simple_cells_are_their_equations():
    x, u, state = _given(RNNCell)
    torch.testing.assert_close(RNNCell(H)(x, u, state), {"h": torch.tanh(x["h"] + u["h"])})
    torch.testing.assert_close(ReLUCell(H)(x, u, state), {"h": F.relu(x["h"] + u["h"])})


def test_the_lstm_is_its_equations_and_shows_its_gates():
    x, u, state = _given(LSTMCell)
    new = LSTMCell(H)(x, u, state)
    i, f, o = (torch.sigmoid(x[name] + u[name]) for name in "ifo")
    g = torch.tanh(x["g"] + u["g"])
    c = f * state["c"] + i * g
    expected = {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * torch.tanh(c)}
    torch.testing.assert_close({name: new[name] for name in expected}, expected)
    assert new.keys() == expected.keys()


def test_the_lstm_normalises_its_memory_on_the_way_out_only():
    x, u, state = _given(LSTMCell)
    plain, normal = LSTMCell(H)(x, u, state), LSTMCell(H, layer_norm=True).double()(x, u, state)
    assert torch.equal(normal["c"], plain["c"])
    torch.testing.assert_close(normal["h"], plain["o"] * torch.tanh(F.layer_norm(plain["c"], (H,))))


def test_the_gru_is_its_equations_and_shows_its_gates():
    x, u, state = _given(GRUCell)
    new = GRUCell(H)(x, u, state)
    r, z = (torch.sigmoid(x[name] + u[name]) for name in "rz")
    n = torch.tanh(x["n"] + r * u["n"])
    expected = {"r": r, "z": z, "n": n, "h": n + z * (state["h"] - n)}
    torch.testing.assert_close({name: new[name] for name in expected}, expected)
    assert new.keys() == expected.keys()


@pytest.mark.parametrize("kind", CELLS)
def test_gradients_of_a_step_by_finite_differences(kind):
    cell = CELLS[kind](H, layer_norm=kind == "lstm").double()
    x, u, state = _given(cell)
    given = [value.requires_grad_() for values in (x, u, state) for value in values.values()]

    def step(*_):
        return tuple(cell(x, u, state).values())

    assert torch.autograd.gradcheck(step, given)


@pytest.mark.parametrize(
    ("cell", "big", "h"),
    [
        (RNNCell, 1e4, 1.0),
        (RNNCell, -torch.inf, -1.0),
        (ReLUCell, 1e4, 1e4),
        (ReLUCell, torch.inf, torch.inf),
        (ReLUCell, -torch.inf, 0.0),
        (LSTMCell, torch.inf, torch.tanh(torch.tensor(1.5)).item()),  # c = 0.5 + 1
        (LSTMCell, -torch.inf, 0.0),
        (GRUCell, torch.inf, 0.5),  # z = 1: the old state
        (GRUCell, -torch.inf, -1.0),  # z = 0: n
        *((cell, torch.nan, torch.nan) for cell in CELLS.values()),
    ],
)
def test_gates_saturate_and_what_is_no_number_shows(cell, big, h):
    x = {name: torch.full((1, H), big) for name in cell.gates}
    u = {name: torch.zeros(1, H) for name in cell.gates}
    state = {name: torch.full((1, H), 0.5) for name in cell.states}
    torch.testing.assert_close(cell(H)(x, u, state)["h"], torch.full((1, H), h), equal_nan=True)


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_names_its_output_first_and_holds_no_matrices(kind):
    cell = CELLS[kind](H)
    assert cell.states[0] == "h"
    assert cell.hidden_size == H
    assert list(cell.parameters()) == []


def test_every_named_cell_is_public():
    assert {cell.__name__ for cell in CELLS.values()} == {"RNNCell", "ReLUCell", "LSTMCell", "GRUCell"}
    assert all(getattr(recurra.nn, cell.__name__) is cell for cell in CELLS.values())


def test_a_cell_without_equations_says_what_to_write():
    class Empty(Cell):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty must define forward\(x, u, state\)"):
        Recurrent(Empty, 2, 3)(torch.zeros(1, 1, 2))
