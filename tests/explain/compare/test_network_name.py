import re

import pytest

from recurra import DataError
from recurra.explain.compare import network_name
from recurra.nn.cells import CELLS, GRUCell, LSTMCell, RNNCell

CELL = """
from recurra.nn.cells import RNNCell

class Slow(RNNCell):
    pass
"""


def test_names_say_cell_directions_and_options():
    assert network_name.parse("rnn").cell is RNNCell
    assert network_name.parse("mlp").cell is None
    two = network_name.parse("bilstm")
    assert (two.cell, two.bidirectional) == (LSTMCell, True)
    clipped = network_name.parse("gru+clip+orthogonal")
    assert (clipped.cell, clipped.options) == (GRUCell, {"clip", "orthogonal"})


def test_a_cell_of_a_person_is_found_in_a_module_or_a_file(tmp_path):
    file = tmp_path / "cells.py"
    file.write_text(CELL)
    found = network_name.parse(str(file)).cell
    assert found.__name__ == "Slow"
    assert network_name.parse(f"{file}:Slow+clip").cell is found
    assert network_name.parse("recurra.nn.cells:GRUCell").cell is GRUCell


def test_a_cell_that_was_named_is_found(monkeypatch):
    monkeypatch.setitem(CELLS, "mine", RNNCell)
    assert network_name.parse("bimine").bidirectional


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("grue", "cells: expected some of mlp, unitary, rnn, relu, lstm, gru, with bi before it"),
        (
            "gru+clap",
            "cells: expected one of clip, orthogonal, identity, chrono, norm after +, got 'clap' in 'gru+clap'",
        ),
        ("mlp+orthogonal", "cells: expected mlp alone or mlp+clip, as it has no cell"),
        ("rnn+chrono", "cells: expected a cell with a gate f or z before +chrono, got 'rnn+chrono'"),
        ("nowhere_to_be_found:Cell", "cells: expected a module that can be imported, 'nowhere_to_be_found'"),
        ("recurra.nn.cells:Gates", "expected a subclass of recurra.nn.cells.Cell called Gates, found none"),
        ("nothing.py", "nothing.py: expected a file with a cell, found nothing there"),
    ],
)
def test_what_names_no_network_is_refused(name, message):
    with pytest.raises(DataError, match=f"^.*{re.escape(message)}"):
        network_name.parse(name)


def test_a_file_that_does_not_run_is_named_with_its_line(tmp_path):
    broken, several = tmp_path / "broken.py", tmp_path / "several.py"
    broken.write_text("import math\nmath.nothing\n")
    several.write_text(CELL + "class Other(RNNCell):\n    pass\n")
    with pytest.raises(DataError, match=rf"^{broken}:2: expected Python that runs, got AttributeError"):
        network_name.parse(str(broken))
    with pytest.raises(DataError, match=r"expected one subclass of recurra.nn.cells.Cell, got Slow, Other; name it"):
        network_name.parse(str(several))
