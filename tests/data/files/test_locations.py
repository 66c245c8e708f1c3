import numpy as np
import pytest

from recurra.data.files.locations import Location, Locations, of_step
from recurra.data.sequences.examples import Examples, join


def test_a_step_stands_in_a_line():
    location = Location("a.csv", np.array([2, 5]))
    assert str(location) == "a.csv:2"
    assert [str(of_step(location, step)) for step in (0, 1)] == ["a.csv:2", "a.csv:5"]
    assert of_step("a.jsonl:7", 3) == "a.jsonl:7"


def test_places_are_those_that_are_known():
    assert list(Locations(2)) == ["sequence 1", "sequence 2"]
    assert list(Locations(2, source="a.npz")) == ["a.npz: sequence 1", "a.npz: sequence 2"]
    assert list(Locations(2, ["a", "b"], "a.npz")) == ["a", "b"]
    with pytest.raises(IndexError):
        Locations(2)[2]


def test_examples_keep_their_places_when_some_are_chosen_or_put_together():
    first, second = (Examples(np.zeros((3, 2, 1)), list("abc"), source=name) for name in ("a.npz", "b.npz"))
    both = join([first.select([2, 0]), second])
    assert [both.where(i) for i in range(5)] == [
        "a.npz: sequence 3",
        "a.npz: sequence 1",
        *(f"b.npz: sequence {i}" for i in (1, 2, 3)),
    ]
    assert both.select([4]).select([0]).where(0) == "b.npz: sequence 3"
