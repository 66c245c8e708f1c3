import pytest

from recurra import DataError
from recurra.nn import cells
from recurra.settings.network import CELLS, RecurrentConfig


def test_every_cell_has_its_name():
    assert {*CELLS, "relu"} == {*cells.CELLS}  # relu is the activation of the rnn


def test_a_cell_that_nobody_named_is_refused(monkeypatch):
    with pytest.raises(DataError, match="cell: expected one of rnn, lstm, gru, got 'leaky'"):
        RecurrentConfig(cell="leaky")
    monkeypatch.setitem(cells.CELLS, "leaky", cells.RNNCell)
    assert RecurrentConfig(cell="leaky").cell == "leaky"


def test_relu_is_an_activation():
    assert RecurrentConfig(cell="rnn", activation="relu").activation == "relu"
    with pytest.raises(DataError, match="relu is the activation of the cell rnn, got 'relu'"):
        RecurrentConfig(cell="relu")
