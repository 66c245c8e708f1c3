"""Units of any module, some of them made by hand."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import recurra
from recurra.explain import activations


class Toggle(recurra.nn.cells.Cell):
    """A cell of our own: its one state turns round where it reads a 1, and keeps what it is where it reads a 0."""

    gates = ("t",)
    states = ("h",)

    def forward(self, x, u, state):
        return {"t": x["t"], "h": state["h"] * (1 - x["t"]) + (1 - state["h"]) * x["t"]}


def quoting():
    """One unit that follows quotes exactly: symbol 1 is a quote."""
    layer = recurra.nn.Recurrent(Toggle, 3, 1, bias=False, batch_first=True)
    layer.weight_ih_l0.data = torch.tensor([[0.0, 1.0, 0.0]])  # the second symbol opens and closes
    return layer


def test_a_unit_made_to_follow_quotes_is_found():
    generator = torch.Generator().manual_seed(0)
    symbols = torch.randint(3, (4, 100), generator=generator)
    inside = (symbols == 1).cumsum(1) % 2 == 1
    made = activations(quoting(), nn.functional.one_hot(symbols, 3).float(), properties={"inside quotes": inside})
    assert made.followers[0].follows == "inside quotes"
    assert made.followers[0].score == 1
    assert made.verdict.endswith("h_l0[0] follows inside quotes (AUC 1.00).")


def test_layouts_give_the_same():
    torch.manual_seed(0)
    model = nn.LSTM(2, 3, batch_first=True)
    x = torch.randn(6, 20, 2)
    flags = torch.rand(6, 20) < 0.5
    expected = activations(model, x, properties={"flag": flags}).numbers()
    time_first = nn.LSTM(2, 3)
    time_first.load_state_dict(model.state_dict())
    got = activations(time_first, x.transpose(0, 1), properties={"flag": flags.T}, batch_first=False).numbers()
    assert [f["unit"] for f in got["followers"]] == [f["unit"] for f in expected["followers"]]
    assert got["shares"]["f_l0"] == pytest.approx(expected["shares"]["f_l0"])
    packed = pack_padded_sequence(x, torch.full((6,), 20), batch_first=True)
    assert activations(model, packed).positions == 120


def test_padding_counts_nothing():
    model = nn.GRU(2, 3, batch_first=True)
    packed = pack_padded_sequence(torch.randn(2, 9, 2), torch.tensor([4, 9]), batch_first=True, enforce_sorted=False)
    assert activations(model, packed).positions == 13


def test_symbols_through_an_embedding_that_holds_them():
    model = nn.Sequential(nn.Embedding(4, 3), nn.RNN(3, 5, batch_first=True))
    made = activations(model, torch.randint(4, (10, 30)))
    assert {f.follows for f in made.followers} >= {"symbol 0", "symbol 3"}
    assert made.symbols is not None
    assert len(made.symbols) == 30


def test_a_cell_in_a_loop():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.LSTMCell(2, 3)

        def forward(self, x):
            state = None
            for step in x.unbind(1):
                state = self.cell(step, state)
            return state[0]

    made = activations(Loop(), torch.randn(4, 30, 2))
    assert {gate.name for gate in made.gates if gate.is_gate} == {"i_l0", "f_l0", "o_l0"}


def test_the_model_is_left_as_it_was():
    model = nn.LSTM(2, 3, num_layers=2, dropout=0.5, batch_first=True).train()
    state = torch.get_rng_state()
    activations(model, torch.randn(2, 9, 2, generator=torch.Generator().manual_seed(0)))
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert not model._forward_hooks
    assert not model._forward_pre_hooks


def test_what_does_not_fit_is_refused():
    model, x = nn.GRU(2, 3, batch_first=True), torch.randn(2, 9, 2)
    with pytest.raises(ValueError, match=r"properties: expected 'flag' of shape \(2, 9\), got \(9, 2\)"):
        activations(model, x, properties={"flag": np.zeros((9, 2), bool)})
    with pytest.raises(
        ValueError, match=r"inputs: expected \(B, T, I\) numbers or \(B, T\) symbols, got shape \(9, 2\)"
    ):
        activations(model, x[0])
    with pytest.raises(ValueError, match="model: expected recurrent layers, got none in Linear"):
        activations(nn.Linear(2, 2), x)
