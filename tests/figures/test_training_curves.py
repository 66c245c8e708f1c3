"""Curves as descriptions."""

from recurra import figures
from recurra.figures import Panel

RECORDS = [{"step": s, "train_loss": 3 / s, "valid_loss": 2 / s, "learning_rate": 0.1} for s in (1, 2, 4)]
LOSSES = Panel("nats", {"train_loss": "training", "valid_loss": "validation"}, best="valid_loss")


def test_curves_have_a_panel_for_each_axis_and_a_point_for_each_finite_number(values_of):
    records = [*RECORDS, {"step": 5, "train_loss": float("nan"), "learning_rate": 0.1}]
    figure = figures.curves(records, [LOSSES, Panel("rate", {"learning_rate": "rate"})])
    panels = figure.to_dict()["vconcat"]
    assert [panel["layer"][0]["encoding"]["y"]["title"] for panel in panels] == ["nats", "rate"]
    values = values_of(figure)
    assert {"step": 4, "curve": "validation", "value": 0.5} in values
    assert not any(value["step"] == 5 and value["curve"] == "training" for value in values)
    assert next(value for value in values if "text" in value)["text"] == "best 0.5"


def test_curves_differ_without_their_colours(values_of):
    encoding = figures.curves(RECORDS, [LOSSES]).to_dict()["vconcat"][0]["layer"][0]["encoding"]
    dashes = encoding["strokeDash"]["scale"]["range"]
    assert len({str(dash) for dash in dashes}) == 2


def test_curves_of_no_records_are_a_figure(tmp_path):
    figures.save(figures.curves([], [LOSSES]), tmp_path / "empty.svg")


def test_more_curves_than_colours_all_have_a_stroke(values_of):
    panel = Panel("share", {f"valid_{n}": f"curve {n}" for n in range(12)})
    record = {"step": 1} | {f"valid_{n}": n / 12 for n in range(12)}
    layer = figures.curves([record], [panel]).to_dict()["vconcat"][0]["layer"][0]
    assert len(layer["encoding"]["color"]["scale"]["range"]) == 12
