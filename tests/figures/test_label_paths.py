"""Sequences of labels, one below the other."""

from recurra import figures


def test_labels_that_differ_from_the_first_path_have_a_frame(values_of, tmp_path):
    figure = figures.label_paths(["a", "<b>"], [["X", "Y"], ["X", "Z"]], ["-0.1", "-2.0"])
    assert [cell["differs"] for cell in values_of(figure)] == [False, False, False, True]
    figures.save(figure, tmp_path / "paths.svg")
    drawn = (tmp_path / "paths.svg").read_text()
    assert drawn.count('stroke="black" stroke-width="2"') == 1
    assert "&lt;b&gt;" in drawn
