import numpy as np

from recurra.data.text.lines import Lines


def test_some_lines_keep_their_labels():
    lines = Lines(["a", "b", "c"], ["x", "y", "z"])
    assert lines.select(np.asarray([2, 0])) == Lines(["c", "a"], ["z", "x"])
    numbers = Lines(np.arange(6).reshape(3, 2)).select(np.asarray([1]))
    assert numbers.texts.tolist() == [[2, 3]]
    assert len(numbers) == 1


def test_the_fingerprint_is_of_all_that_is_learnt_from():
    prints = {
        lines.fingerprint()
        for lines in (
            Lines(["a", "b"]),
            Lines(["b", "a"]),
            Lines(["a", "b"], ["x", "y"]),
            Lines(["a", "b"], ["y", "x"]),
            Lines(np.asarray([[1, 2]])),
        )
    }
    assert len(prints) == 5
    assert Lines(["a", "b"]).fingerprint() in prints
