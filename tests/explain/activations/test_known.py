"""Properties that do not depend on what the sequences are."""

import numpy as np

from recurra.explain.activations.known import indicators, placed


def test_places():
    assert [place.tolist() for place in placed([2, 3], "place")["place"]] == [[0, 1], [0, 1, 2]]


def test_a_property_a_label_the_commonest_first():
    labels = [np.array([0.0, 1, 1]), np.array([2.0, np.nan, 1])]
    properties = indicators(labels, ["a", "b", "c"], most=2)
    assert list(properties) == ["b", "a"]
    np.testing.assert_array_equal(properties["b"], [[0, 1, 1], [0, np.nan, 1]])


def test_of_two_labels_one_says_all():
    assert list(indicators([np.array([0.0, 1, 0])], ["a", "b"])) == ["b"]
