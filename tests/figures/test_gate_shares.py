"""How often gates are open and closed."""

import numpy as np

from recurra import figures


def test_every_unit_is_a_point(values_of):
    figure = figures.gate_shares({"f": (np.array([0.1, 0.2]), np.array([0.9, 0.5])), "i": (np.ones(1), np.zeros(1))})
    points = [value for value in values_of(figure) if "gate" in value]
    assert [(point["gate"], point["unit"], point["open"]) for point in points] == [
        ("f", 0, 0.9),
        ("f", 1, 0.5),
        ("i", 0, 0),
    ]


def test_of_very_many_units_every_so_many_are_points(values_of):
    shares = np.linspace(0, 1, 4000), np.zeros(4000)
    points = [value for value in values_of(figures.gate_shares({"f": shares, "i": shares})) if "gate" in value]
    assert 2000 < len(points) <= 3000
    assert {point["gate"] for point in points} == {"f", "i"}
