import pytest
import torch

from recurra.explain.gradients.saturation import DEAD, saturated_shares


def test_a_tanh_layer_by_its_state():
    h = torch.tensor([[0.99, -0.98], [0.5, 0.0]])
    assert saturated_shares("RNN_TANH", {"h": h}, ("h",)) == {"h": 0.5}


def test_a_rectifier_by_units_that_are_zero_throughout():
    h = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    assert saturated_shares("RNN_RELU", {"h": h}, ("h",)) == {DEAD: 0.5}


def test_gates_by_both_of_their_ends():
    gate, new = torch.tensor([[0.01], [0.99], [0.5], [0.6]]), torch.tensor([[0.01], [-0.99], [0.5], [0.6]])
    found = saturated_shares("GRU", {"r": gate, "z": gate, "n": new, "h": new}, ("h",))
    assert found == {"r": 0.5, "z": 0.5, "n": 0.25}


def test_what_a_cell_of_ones_own_gives_is_judged_by_its_range():
    values = {"gate": torch.tensor([[0.0], [0.5]]), "new": torch.tensor([[-1.0], [0.5]]), "sum": torch.tensor([[5.0]])}
    assert saturated_shares("Own", values | {"h": torch.zeros(2, 1)}, ("h",)) == {"gate": 0.5, "new": 0.5}


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_numbers_that_are_not_finite_do_no_harm(kind):
    saturated_shares(kind, {"f": torch.full((2, 1), torch.nan)}, ("h",))
