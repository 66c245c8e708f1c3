"""Cells whose states are no vectors of hidden_size: a matrix memory, a grid that is convolved, a single number."""

import re
import textwrap
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import recurra
from recurra.nn import Cell, Recurrent

HIDDEN = 4


class MatrixMemory(Cell):
    """The mLSTM of xLSTM (Beck et al., 2024), with stabilised exponential gates, one a head."""

    gates = ("q", "k", "v", "o", "i", "f")
    states = ("h", "C", "n", "m")
    projectable = False
    heads = 2

    def gate_sizes(self):
        return dict.fromkeys(("q", "k", "v", "o"), self.hidden_size) | {"i": self.heads, "f": self.heads}

    def state_shapes(self):
        width = self.hidden_size // self.heads
        return {
            "h": (self.hidden_size,),
            "C": (self.heads, width, width),
            "n": (self.heads, width),
            "m": (self.heads,),
        }

    def forward(self, x, u, state):
        width = self.hidden_size // self.heads
        q, k, v = (x[name].unflatten(-1, (self.heads, width)) for name in "qkv")  # (B, heads, D)
        log_f = F.logsigmoid(x["f"] + u["f"])  # (B, heads)
        m = torch.maximum(log_f + state["m"], x["i"])
        i, f = torch.exp(x["i"] - m), torch.exp(log_f + state["m"] - m)
        C = f[..., None, None] * state["C"] + i[..., None, None] * v.unsqueeze(-1) * k.unsqueeze(-2)  # (B, heads, D, D)
        n = f[..., None] * state["n"] + i[..., None] * k
        size = (n * q).sum(-1, keepdim=True).abs().clamp(min=1.0)
        h = torch.sigmoid(x["o"] + u["o"]) * ((C @ q.unsqueeze(-1)).squeeze(-1) / size).flatten(1)  # (B, H)
        return {"h": h, "C": C, "n": n, "m": m}


class Grid(Cell):
    """A convolved memory of 2 channels, 2 x 2, and a number that counts steps."""

    states = ("h", "grid", "count")

    def __init__(self, hidden_size, *, layer_norm=False):
        super().__init__(hidden_size, layer_norm=layer_norm)
        self.convolution = torch.nn.Conv2d(2, 2, 3, padding=1)
        self.read = torch.nn.Linear(8, hidden_size)

    def state_shapes(self):
        return {"h": (self.hidden_size,), "grid": (2, 2, 2), "count": ()}

    def forward(self, x, u, state):
        grid = torch.tanh(
            self.convolution(state["grid"]) + (x["h"] + u["h"]).mean(-1).view(-1, 1, 1, 1)
        )  # (B, 2, 2, 2)
        count = state["count"] + 1
        return {"h": torch.tanh(self.read(grid.flatten(1)) / count.unsqueeze(-1)), "grid": grid, "count": count}


CELLS = pytest.mark.parametrize("cell", [MatrixMemory, Grid])


def _layer(cell, *args, **settings):
    torch.manual_seed(1)
    return Recurrent(cell, 3, HIDDEN, *args, dtype=torch.float64, **settings)


def _shapes(state):
    return [tuple(part.shape) for part in state]


@CELLS
def test_states_come_in_the_shapes_that_the_cell_declares(cell):
    layer = _layer(cell, 2, bidirectional=True)
    output, state = layer(torch.randn(5, 6, 3, dtype=torch.float64))
    assert output.shape == (5, 6, 2 * HIDDEN)
    assert _shapes(state) == [(4, 6, *shape) for shape in layer.cells[0].state_shapes().values()]


@CELLS
def test_a_layer_is_its_cell_carried_along(cell):
    layer, x = _layer(cell), torch.randn(5, 2, 3, dtype=torch.float64)
    output, final = layer(x)
    core, sizes = layer.cells[0], list(layer.cells[0].gate_sizes().values())
    state = {name: x.new_zeros(2, *shape) for name, shape in core.state_shapes().items()}
    for t in range(5):
        of_input = F.linear(x[t], layer.weight_ih_l0, layer.bias_ih_l0).split(sizes, -1)
        of_state = F.linear(state["h"], layer.weight_hh_l0, layer.bias_hh_l0).split(sizes, -1)
        state = core(dict(zip(core.gates, of_input, strict=True)), dict(zip(core.gates, of_state, strict=True)), state)
        torch.testing.assert_close(output[t], state["h"])
    torch.testing.assert_close(final, tuple(part.unsqueeze(0) for part in state.values()))


@CELLS
@pytest.mark.parametrize("started", [False, True])
def test_sequences_of_unequal_length_run_as_if_alone(cell, started):
    layer, x = _layer(cell, 2, bidirectional=True), torch.randn(5, 3, 3, dtype=torch.float64)
    lengths = torch.tensor([2, 5, 1])
    hx = layer(torch.randn(2, 3, 3, dtype=torch.float64))[1] if started else None
    output, state = layer(x, hx, lengths=lengths)
    for b, length in enumerate(lengths.tolist()):
        before = None if hx is None else tuple(part[:, b] for part in hx)
        output_alone, state_alone = layer(x[:length, b], before)
        torch.testing.assert_close(output[:length, b], output_alone)
        torch.testing.assert_close(tuple(part[:, b] for part in state), state_alone)
        assert not output[length:, b].any()


@CELLS
@pytest.mark.parametrize("sort", [False, True])
def test_packed_sequences_are_those_with_lengths(cell, sort):
    layer, x = _layer(cell, bidirectional=True), torch.randn(5, 3, 3, dtype=torch.float64)
    lengths = torch.tensor([5, 3, 2] if sort else [2, 5, 3])
    hx = layer(x)[1]
    output, state = layer(pack_padded_sequence(x, lengths, enforce_sorted=sort), hx)
    torch.testing.assert_close((pad_packed_sequence(output)[0], state), layer(x, hx, lengths=lengths))


@CELLS
@pytest.mark.parametrize("batch", [None, 3])
def test_a_stream_is_the_sequence_step_by_step(cell, batch):
    layer = _layer(cell, 2)
    x = torch.randn(5, *(() if batch is None else (batch,)), 3, dtype=torch.float64)
    output, state = layer(x)
    carried = None
    for t in range(5):
        y, carried = layer.step(x[t], carried)
        torch.testing.assert_close(y, output[t])
    torch.testing.assert_close(carried, state)


@CELLS
def test_a_trace_shows_every_state_of_every_step(cell):
    layer, x = _layer(cell, 2, bidirectional=True, batch_first=True), torch.randn(2, 5, 3, dtype=torch.float64)
    traced = layer.trace(x, lengths=torch.tensor([5, 3]))
    for name, shape in layer.cells[0].state_shapes().items():
        values = traced[f"{name}_l1_reverse"]
        assert values.shape == (2, 5, *shape)
        assert not values[1, 3:].any()  # it reads from the end, where nothing has come yet
        kept = traced[f"{name}_l0"]
        torch.testing.assert_close(kept[1, 4], kept[1, 2])


@CELLS
def test_gradients_by_finite_differences(cell):
    layer, x = _layer(cell, bidirectional=True), torch.randn(3, 2, 3, dtype=torch.float64, requires_grad=True)
    lengths = torch.tensor([3, 2])
    weights = list(layer.parameters())

    def run(x, *values):
        named = dict(zip(dict(layer.named_parameters()), values, strict=True))
        output, state = torch.func.functional_call(layer, named, (x,), {"lengths": lengths})
        return output, *state

    assert torch.autograd.gradcheck(run, (x, *weights))


@CELLS
def test_such_a_cell_learns(cell):
    layer, x = _layer(cell), torch.randn(6, 8, 3, dtype=torch.float64)
    goal = 0.3 * torch.tanh(x.cumsum(0).mean(-1, keepdim=True))
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.03)
    losses = []
    for _ in range(60):
        loss = F.mse_loss(layer(x)[0][..., :1], goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@CELLS
@pytest.mark.parametrize("settings", [{"checkpoint_every": 2}, {"zoneout": 0.3}, {"layer_norm": True}], ids=str)
def test_settings_serve_such_cells(cell, settings):
    layer, x = _layer(cell, **settings), torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    output, state = layer(x, lengths=torch.tensor([5, 3]))
    (output.sum() + sum(part.sum() for part in state)).backward()
    assert x.grad.isfinite().all()
    assert x.grad[:3].any()
    if "checkpoint_every" in settings:
        torch.testing.assert_close(_layer(cell)(x, lengths=torch.tensor([5, 3]))[0], output)


@CELLS
def test_a_state_of_another_shape_is_refused(cell):
    layer, x = _layer(cell), torch.randn(5, 2, 3, dtype=torch.float64)
    state = list(layer(x)[1])
    state[1] = state[1][..., :1]
    with pytest.raises(ValueError, match="expected shapes"):
        layer(x, tuple(state))
    with pytest.raises(ValueError, match="expected shapes"):
        layer(x, tuple(state[:1]))


def test_the_cell_in_the_guide_runs():
    guide = (Path(__file__).parents[3] / "docs" / "layers.md").read_text()
    block = re.search(r"    class MatrixMemory.*\n(?:(?:    .*)?\n)*", guide)
    program = textwrap.dedent(block[0])
    names = {"recurra": recurra, "torch": torch, "input_size": 3, "hidden_size": 4}
    exec(program, names)
    output, (_, memory) = names["layer"](torch.randn(5, 2, 3))
    assert output.shape == (5, 2, 8)
    assert memory.shape == (2, 2, 4, 4)


def test_each_gate_starts_orthogonal_whatever_its_size():
    layer = _layer(MatrixMemory, orthogonal=True, forget_bias=1.0)
    for rows in layer.weight_hh_l0.split(list(layer.cells[0].gate_sizes().values())):
        torch.testing.assert_close(rows @ rows.T, torch.eye(len(rows), dtype=torch.float64))
    torch.testing.assert_close(layer.bias_ih_l0[-2:], torch.ones(2, dtype=torch.float64))


def test_a_cell_that_contradicts_itself_is_refused():
    class Misspelt(Cell):
        def state_shapes(self):
            return {"c": (self.hidden_size,)}

    class Wide(Cell):
        def state_shapes(self):
            return {"h": (2, self.hidden_size)}

    class Misgated(Cell):
        def gate_sizes(self):
            return {"z": self.hidden_size}

    for cell in (Misspelt, Wide):
        with pytest.raises(ValueError, match=f"{cell.__name__}.state_shapes: expected h of shape"):
            Recurrent(cell, 3, 4)
    with pytest.raises(ValueError, match=r"Misgated.gate_sizes: expected \('h',\), got \('z',\)"):
        Recurrent(Misgated, 3, 4)
