"""Numbers over steps as shades."""

import html
import re

import numpy as np

from recurra import figures


def test_every_finite_number_has_a_cell(tmp_path):
    figure = figures.heat_map(np.array([[1.0, np.nan], [-2.0, 0.123456]]), ["a", "b"])
    data = figure.to_dict()["data"]["values"]
    assert data == [{"row": 0, "value": [1.0, None]}, {"row": 1, "value": [-2.0, 0.123]}]
    figures.save(figure, tmp_path / "map.svg")
    shown = re.findall(r'aria-label="step: (\d); unit: (\d); value: ([-.\d]+)', _plain(tmp_path / "map.svg"))
    assert shown == [("0", "0", "1"), ("0", "1", "-2"), ("1", "1", "0.123")]


def _plain(file):
    return html.unescape(file.read_text()).replace("−", "-")


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
