"""What settings a recurrent layer takes, and which of them its text shows."""

import pytest

from recurra.nn import LSTM, Cell, LSTMCell
from recurra.nn.recurrent import settings


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 4, 1, 0), "input_size: expected at least 1, got 0"),
        ((3, 0, 1, 0), "hidden_size: expected at least 1, got 0"),
        ((3, 4, -1, 0), "num_layers: expected at least 1, got -1"),
        ((3, 4, 1, 4), "proj_size: expected less than hidden_size 4, got 4"),
        ((3, 4, 1, -1), "proj_size: expected less than hidden_size 4, got -1"),
    ],
)
def test_sizes_that_no_layer_has_are_named(sizes, message):
    settings.check_sizes(3, 4, 1, 3)
    with pytest.raises(ValueError, match=message):
        settings.check_sizes(*sizes)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((1.1, 0.0, 0), "^dropout: expected a probability in 0..1, got 1.1"),
        ((0.0, -0.1, 0), "weight_dropout: expected a probability in 0..1, got -0.1"),
        ((0.0, 0.0, -1), "checkpoint_every: expected a number of steps, or 0 for none, got -1"),
    ],
)
def test_what_is_out_of_its_range_is_named(values, message):
    settings.check_training(1.0, 0.0, 0)
    with pytest.raises(ValueError, match=message):
        settings.check_training(*values)


def test_a_projection_is_of_h_alone():
    assert settings.state_shapes(LSTMCell(4), 0) == {"h": (4,), "c": (4,)}
    assert settings.state_shapes(LSTMCell(4), 3) == {"h": (3,), "c": (4,)}


def test_zoneout_is_one_number_or_one_a_state():
    assert settings.zoneout_by_state(0.5, ("h", "c")) == {"h": 0.5, "c": 0.5}
    assert settings.zoneout_by_state((0.5, 0.1), ("h", "c")) == {"h": 0.5, "c": 0.1}
    for wrong in ((0.5,), 1.5, (0.1, -0.1)):
        with pytest.raises(ValueError, match="zoneout: expected a probability for each of"):
            settings.zoneout_by_state(wrong, ("h", "c"))


def test_a_text_shows_what_is_not_usual():
    assert settings.described(vars(LSTM(3, 4))) == "3, 4"
    assert settings.described(vars(LSTM(3, 4, 2, zoneout=(0.0, 0.1)))) == "3, 4, num_layers=2, zoneout=(0.0, 0.1)"


def test_a_cell_carries_vectors_of_its_size_where_it_says_nothing_else():
    assert Cell(4).state_shapes() == {"h": (4,)}
    assert Cell(4).gate_sizes() == {"h": 4}
