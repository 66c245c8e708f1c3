"""What units do, in words and pictures."""

import numpy as np

from recurra import figures
from recurra.explain.activations.following import Follower
from recurra.explain.activations.gates import Saturation
from recurra.explain.activations.result import Activations

EVIL = "<script>alert(1)</script>"
UNITS = np.random.default_rng(0).normal(size=(30, 40))
NAMES = [f"h_l0[{unit}]" for unit in range(40)]
GATE = Saturation("f_l0", True, np.array([0.5, 0.7]), np.array([0.1, 0.3]))


def made(followers, **more):
    return Activations([GATE], followers, UNITS, NAMES, 30, **more)


def test_verdicts():
    assert made([]).verdict == "Over 30 steps nothing was there that units could be compared with."
    weak = Follower("digit", 3, 0.6, False)
    assert made([weak]).verdict.startswith("No unit follows anything closely: the closest, h_l0[3], follows digit")
    strong = Follower("quotes", 2, 0.02, False)
    assert made([strong, weak]).verdict == (
        "1 of 2 properties has a unit that follows it closely: h_l0[2] follows quotes (AUC 0.02, low there)."
    )


def test_gates_are_said_and_counted():
    one = made([Follower("place", 1, -0.7, True)])
    assert one.lines() == ["place: h_l0[1] (correlation -0.70)", "f_l0: open 60% of the time, closed 20%"]
    assert one.numbers()["shares"]["f_l0"]["open"] == 0.6
    assert one.numbers()["followers"][0]["measure"] == "spearman"


def test_units_that_follow_something_can_be_chosen_first(tmp_path):
    one = made([Follower(EVIL, 5, 1.0, False)], symbols=[EVIL] * 30)
    drawn = one.figures()
    named = {parameter["name"]: parameter for parameter in drawn["by_unit"].chart.to_dict()["params"]}
    labels = named["chosen"]["bind"]["labels"]
    assert labels[0] == f"h_l0[5]: {EVIL}"
    assert len(labels) == 24
    for name, picture in drawn.items():
        figures.save(picture.chart, tmp_path / f"{name}.html")
        assert EVIL not in (tmp_path / f"{name}.html").read_text(encoding="utf-8")


def test_a_series_is_drawn_as_one():
    drawn = made([], series=np.zeros((30, 6)), features=list("abcdef")).figures()
    assert {p["name"]: p for p in drawn["by_unit"].chart.to_dict()["params"]}["features"]["value"] == list("abcd")
