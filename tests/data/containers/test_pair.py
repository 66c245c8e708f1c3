from pathlib import Path

import numpy as np
import pytest

from recurra.data.containers.pair import pair


@pytest.mark.parametrize(
    "data",
    [
        ([[1.0]], ["a"]),
        [np.zeros((2, 3)), np.zeros(2)],
        (["a", "b"], {"pos": [["X"], ["Y"]]}),
        (range(2), iter("ab")),
    ],
)
def test_sequences_and_their_answers_are_a_pair(data):
    X, y = pair(data)
    assert X is data[0]
    assert y is data[1]


@pytest.mark.parametrize(
    "data",
    [
        ("a.csv", "b.csv"),
        [Path("a.csv"), Path("b.csv")],
        (["a"], "b"),
        ([1], [2], [3]),
        {"X": [1], "y": [2]},
        np.zeros((2, 3)),
        None,
    ],
    ids=str,
)
def test_files_texts_and_other_things_are_none(data):
    assert pair(data) is None
