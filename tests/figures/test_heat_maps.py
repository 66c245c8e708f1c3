"""Numbers over steps as shades."""

import numpy as np

from recurra import figures


def test_every_finite_number_has_a_cell(values_of):
    cells = values_of(figures.heat_map(np.array([[1.0, np.nan], [-2.0, 0.123456]]), ["a", "b"]))
    assert [(cell["row"], cell["column"], cell["value"]) for cell in cells] == [
        (0, 0, 1.0),
        (1, 0, -2.0),
        (1, 1, 0.1235),
    ]


def test_names_stand_among_the_values(tmp_path):
    evil = "<script>alert(1)</script>"
    figure = figures.heat_map(np.ones((1, 1)), [evil], [evil])
    named = {parameter["name"]: parameter["value"] for parameter in figure.to_dict()["params"]}
    assert named == {"rows": [evil], "columns": [evil]}
    figures.save(figure, tmp_path / "map.svg")
    drawn = (tmp_path / "map.svg").read_text()
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_many_columns_are_numbered_by_some(tmp_path):
    figure = figures.heat_map(np.ones((2, 1000)), ["a", "b"])
    assert figure.to_dict()["width"] == 720
    figures.save(figure, tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text().count("<text") < 60
