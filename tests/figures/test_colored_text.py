"""Texts coloured by numbers."""

import numpy as np
import pytest

from recurra import figures

EVIL = "<script>alert(1)</script>"


def parameters(figure):
    return {parameter["name"]: parameter for parameter in figure.to_dict()["params"]}


def test_shades_are_shares_of_the_largest_number():
    figure = figures.colored_text(list("abc"), {"value": [1.0, -4.0, np.nan]})
    named = parameters(figure)
    assert named["shares"]["value"] == [[0.25, -1.0, 0.0]]
    assert named["largest"]["value"] == [4.0]
    assert "bind" not in named["chosen"]


def test_of_several_the_reader_chooses():
    named = parameters(figures.colored_text(list("ab"), {"unit 1": [1, 2], "unit 2": [0, 0]}))
    assert named["chosen"]["bind"]["labels"] == ["unit 1", "unit 2"]
    assert named["shares"]["value"] == [[0.5, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize("suffix", ["svg", "png", "html"])
def test_text_is_only_ever_text(tmp_path, suffix):
    figure = figures.colored_text(list(EVIL), {EVIL: np.arange(len(EVIL))}, title="Text")
    file = tmp_path / f"text.{suffix}"
    figures.save(figures.colored_text([EVIL], {"a": [1]}), file)
    figures.save(figure, file)
    assert EVIL.encode() not in file.read_bytes()


def test_the_symbols_of_a_print_are_there_and_those_below_zero_have_a_line(tmp_path):
    file = tmp_path / "text.svg"
    figures.save(figures.colored_text(["<b>", "ok"], {"a": [1, -1]}), file)
    drawn = file.read_text()
    assert "&lt;b&gt;" in drawn
    assert drawn.count("mark-rule") == 1
