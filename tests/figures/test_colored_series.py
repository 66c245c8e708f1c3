"""Series coloured by numbers."""

import numpy as np

from recurra import figures


def test_every_number_is_a_point_and_a_unit_can_be_chosen(values_of, tmp_path):
    series = np.array([[1.0, np.nan], [2.0, 3.0]])
    figure = figures.colored_series(series, ["speed", "<b>"], {"unit 1": [0.5, -1.0], "unit 2": [0, 0]})
    points = [value for value in values_of(figure) if "feature" in value]
    assert [(point["index"], point["feature"], point["number"]) for point in points] == [
        (0, 0, 1),
        (1, 0, 2),
        (1, 1, 3),
    ]
    named = {parameter["name"]: parameter for parameter in figure.to_dict()["params"]}
    assert named["shares"]["value"] == [[0.5, -1.0], [0.0, 0.0]]
    assert named["chosen"]["bind"]["labels"] == ["unit 1", "unit 2"]
    figures.save(figure, tmp_path / "series.svg")
    assert "&lt;b&gt;" in (tmp_path / "series.svg").read_text()
