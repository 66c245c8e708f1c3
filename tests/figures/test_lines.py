"""Curves over any axis, as descriptions."""

import math

import pytest

from recurra import figures

CURVES = {"rnn": ((1, 10, 100), (0.9, 0.5, 0.1)), "lstm": ((1, 10), (1.0, math.nan))}


def test_a_point_for_each_number_that_can_be_drawn(values_of):
    assert values_of(figures.lines(CURVES, "distance", "accuracy")) == [
        {"curve": "rnn", "x": 1.0, "y": 0.9},
        {"curve": "rnn", "x": 10.0, "y": 0.5},
        {"curve": "rnn", "x": 100.0, "y": 0.1},
        {"curve": "lstm", "x": 1.0, "y": 1.0},
    ]


def test_a_logarithmic_axis_shows_what_is_above_zero(values_of):
    figure = figures.lines({"norm": ((0, 1, 2), (1.0, 0.0, 0.5))}, "step", "norm", x_scale="log", y_scale="log")
    assert values_of(figure) == [{"curve": "norm", "x": 2.0, "y": 0.5}]
    encoding = figure.to_dict()["layer"][0]["encoding"]
    assert encoding["x"]["scale"]["type"] == encoding["y"]["scale"]["type"] == "log"


def test_curves_differ_without_their_colours():
    line, point = (layer["encoding"] for layer in figures.lines(CURVES, "distance", "accuracy").to_dict()["layer"])
    assert len({str(dash) for dash in line["strokeDash"]["scale"]["range"]}) == 2
    assert len(set(point["shape"]["scale"]["range"])) == 2


def test_the_axes_and_the_figure_have_their_titles():
    description = figures.lines(CURVES, "distance, steps", "accuracy", title="Recall").to_dict()
    assert description["title"] == "Recall"
    encoding = description["layer"][0]["encoding"]
    assert [encoding["x"]["title"], encoding["y"]["title"]] == ["distance, steps", "accuracy"]


def test_a_lone_curve_needs_no_legend(tmp_path):
    figure = figures.lines({"norm": ((1, 2), (1, 2))}, "step", "norm")
    assert all(layer["encoding"]["color"]["legend"] is None for layer in figure.to_dict()["layer"])
    figures.save(figure, tmp_path / "lines.svg")


def test_numbers_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="norm: expected as many numbers upward as along the axis, 3, got 2"):
        figures.lines({"norm": ((1, 2, 3), (1, 2))}, "step", "norm")


def test_of_long_curves_some_points_are_marked_and_of_each_curve_others(values_of):
    steps = range(100)
    figure = figures.lines({"a": (steps, steps), "b": (steps, steps)}, "step", "norm")
    marked = {"a": [], "b": []}
    for value in values_of(figure):
        if value.get("marked", True):
            marked[value["curve"]].append(value["x"])
    assert len(marked["a"]) == len(marked["b"]) == 20
    assert not set(marked["a"]) & set(marked["b"])
    assert "datum.marked !== false" in str(figure.to_dict()["layer"][1]["transform"])


def test_an_axis_of_whole_numbers_has_no_fractions():
    line, _ = figures.lines({"epochs": ((1, 2, 3), (0.5, 0.75, 1))}, "epoch", "accuracy").to_dict()["layer"]
    assert line["encoding"]["x"]["axis"] == {"tickMinStep": 1}
    assert line["encoding"]["y"]["axis"] == {}
