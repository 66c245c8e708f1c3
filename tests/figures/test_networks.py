"""Curves and bars of networks as descriptions."""

import math

from recurra import figures
from recurra.figures.networks import Axis, Curve, network_bars, network_curves


def points(figure, values_of, network):
    """The points of a network's line."""
    return {(v["x"], v["y"]) for v in values_of(figure) if v.get("network") == network}


def test_a_point_that_an_axis_cannot_show_is_left_out(values_of):
    curve = Curve("gru", [0, 1, 2, 3], [1.0, 0.0, math.nan, 0.5])
    figure = network_curves([curve], Axis("distance"), Axis("norm", is_log=True), "Gradients")
    assert points(figure, values_of, "gru") == {(0.0, 1.0), (3.0, 0.5)}


def test_networks_differ_in_stroke_and_point_and_chance_is_named(values_of):
    curves = [Curve("rnn", [1, 2], [0.5, 0.4]), Curve("gru", [1, 2], [0.3, 0.2]), Curve("gru", [1, 2], [0.1, 0.2])]
    figure = network_curves(curves, Axis("length"), Axis("loss"), "Score", [(1, 0.7), (2, 0.7)])
    description = str(figure.to_dict())
    assert "strokeDash" in description
    assert "'shape'" in description
    assert "'text': 'chance'" in description
    assert len({v["curve"] for v in values_of(figure) if v.get("network") == "gru"}) == 2  # seeds stay apart


def test_a_long_curve_is_thinned_out_to_its_ends(values_of):
    figure = network_curves([Curve("gru", range(5000), range(1, 5001))], Axis("x"), Axis("y"), "Long")
    drawn = points(figure, values_of, "gru")
    assert len(drawn) == 200
    assert {(0.0, 1.0), (4999.0, 5000.0)} <= drawn


def test_bars_stand_in_order_with_their_numbers(values_of):
    figure = network_bars([("rnn", 2.0), ("gru", 1234.5)], "ms", "Time")
    assert [(v["network"], v["text"]) for v in values_of(figure)][:2] == [("rnn", "2"), ("gru", "1,234")]


def test_what_a_person_named_is_only_ever_a_value(tmp_path):
    curve = Curve("</script><script>alert(1)</script>", [1, 2], [1, 2])
    figures.save(network_curves([curve], Axis("x"), Axis("y"), "Names"), tmp_path / "page.html")
    assert "<script>alert" not in (tmp_path / "page.html").read_text()
