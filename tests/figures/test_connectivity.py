"""Texts in which pointing at a symbol shades those that it depends on."""

import numpy as np

from recurra import figures

WEIGHTS = np.array([[2.0, 0.0, 0.0], [1.0, -4.0, 0.0], [0.0, 0.0, 0.0]])


def drawn(start=-1):
    return figures.connectivity(list("abcd"), WEIGHTS, [0, 1, 2, None], [None, 0, 1, 2], start)


def test_rows_are_scaled_by_their_largest_and_end_with_their_last_weight():
    named = {parameter["name"]: parameter for parameter in drawn().to_dict()["params"]}
    assert named["weights"]["value"] == [[100], [25, -100], []]


def test_the_row_that_a_print_shows_is_chosen(tmp_path):
    file = tmp_path / "first.svg"
    figures.save(drawn(start=1), file)
    assert file.read_text().count('stroke="black" stroke-width="2"') == 1  # the frame of the symbol that is explained
    assert 'fill-opacity="0.25"' in file.read_text()
    figures.save(drawn(start=2), file)
    assert 'fill-opacity="0.25"' not in file.read_text()


def test_symbols_know_what_they_are_as_inputs_and_as_outputs(values_of):
    cells = values_of(drawn())
    assert [(cell["input"], cell["output"]) for cell in cells] == [(0, -1), (1, 0), (2, 1), (-1, 2)]


def test_it_can_be_pointed_at():
    (selection,) = [parameter for parameter in drawn().to_dict()["params"] if "select" in parameter]
    assert selection["select"]["on"] == "pointerover"
    assert selection["value"] == [{"output": 2}]
