"""How the weights of a stack start."""

from functools import partial

import pytest
import torch

from recurra.nn import GRU, LSTM, RNN, Cell, Recurrent
from recurra.nn.cells import CELLS

KINDS = ("rnn", "relu", "lstm", "gru")
OURS = {"rnn": RNN, "relu": partial(RNN, nonlinearity="relu"), "lstm": LSTM, "gru": GRU}


class Forgetful(Cell):
    """A cell of a user's own with a forget gate; here only its weights count."""

    gates = ("f", "n")


@pytest.mark.parametrize("kind", KINDS)
def test_orthogonal_starts_each_gate_from_a_rotation(kind):
    layer = OURS[kind](3, 6, 2, bidirectional=True, orthogonal=True)
    blocks = [block for weights in layer.all_weights for block in weights[1].split(6)]
    assert len(blocks) == 4 * len(CELLS[kind].gates)
    for block in blocks:
        torch.testing.assert_close(block @ block.T, torch.eye(6), rtol=0, atol=1e-5)
    assert not torch.equal(blocks[0], blocks[-1])


@pytest.mark.parametrize("value", [1.0, 0.0, -2.5])
def test_the_forget_bias_is_the_sum_of_both_and_leaves_the_other_gates_alone(value):
    torch.manual_seed(1)
    layer = LSTM(3, 4, 2, bidirectional=True, forget_bias=value)
    torch.manual_seed(1)
    plain = LSTM(3, 4, 2, bidirectional=True)
    for weights, expected in zip(layer.all_weights, plain.all_weights, strict=True):
        torch.testing.assert_close(weights[2][4:8] + weights[3][4:8], torch.full((4,), value))
        for found, drawn in zip(weights, expected, strict=True):
            others = torch.ones(16, dtype=torch.bool)
            others[4:8] = found.dim() == 2
            assert torch.equal(found[others], drawn[others])


def test_a_forget_bias_serves_any_cell_with_a_forget_gate_and_no_other():
    own = Recurrent(Forgetful, 3, 4, forget_bias=1.0)
    torch.testing.assert_close(own.bias_ih_l0[:4] + own.bias_hh_l0[:4], torch.ones(4))
    torch.manual_seed(1)
    gru = GRU(3, 4, forget_bias=1.0)
    torch.manual_seed(1)
    torch.testing.assert_close(gru.state_dict(), GRU(3, 4).state_dict())
    assert LSTM(3, 4, bias=False, forget_bias=1.0)(torch.randn(2, 1, 3))[0].isfinite().all()


def test_resetting_draws_new_weights_of_the_same_kind():
    layer = LSTM(3, 6, orthogonal=True, forget_bias=1.0)
    before = layer.weight_ih_l0.clone()
    layer.reset_parameters()
    assert not torch.equal(layer.weight_ih_l0, before)
    assert layer.weight_ih_l0.abs().max() <= 6**-0.5
    torch.testing.assert_close(layer.weight_hh_l0[:6] @ layer.weight_hh_l0[:6].T, torch.eye(6), rtol=0, atol=1e-5)
    torch.testing.assert_close(layer.bias_ih_l0[6:12], torch.ones(6))
