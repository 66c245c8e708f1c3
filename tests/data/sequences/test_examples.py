import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.examples import Examples, join
from recurra.data.sequences.table_columns import TableColumns


def test_examples_are_chosen_and_counted():
    examples = Examples(np.arange(12).reshape(4, 3, 1), [0, 1, 2, 3])
    chosen = examples.select([2, 0])
    np.testing.assert_array_equal(chosen.inputs[0], examples.inputs[2])
    assert chosen.answers == [2, 0]
    with pytest.raises(DataError, match="expected an answer for each of 4 sequences, got 1"):
        Examples(examples.inputs, [1])
    with pytest.raises(DataError, match="expected at least one sequence"):
        Examples([])


def test_examples_are_named_by_what_is_known_of_them():
    assert Examples([[1.0]], ["a"]).where(0) == "sequence 1"
    assert Examples([[1.0]], ["a"], source="f.csv").where(0) == "f.csv: sequence 1"
    assert Examples([[1.0]], ["a"], names=["f.csv:3"]).where(0) == "f.csv:3"
    located = Examples([[1.0], [2.0]], names=["x", "y"], locations=["f.csv:3", "f.csv:9"])
    assert (located.name(1), located.where(1), located.select([1]).where(0)) == ("y", "f.csv:9", "f.csv:9")
    assert Examples([[1.0]]).name(0) == "1"


def test_answers_that_are_needed_must_be_there():
    assert Examples([[1.0]], ["a"]).required_answers() == ["a"]
    with pytest.raises(DataError, match=r"f.csv: expected an answer for each sequence, got none"):
        Examples([[1.0]], source="f.csv").required_answers()


def test_features_are_put_in_the_order_of_the_training():
    training = TableColumns("steps", ["a", "b"])
    examples = Examples([np.asarray([[1.0, 2.0], [3.0, 4.0]])], columns=TableColumns("steps", ["b", "a"]))
    np.testing.assert_array_equal(examples.in_order_of(training).inputs[0], [[2, 1], [4, 3]])
    with pytest.raises(DataError, match="missing: c"):
        examples.in_order_of(TableColumns("steps", ["a", "c"]))
    assert examples.in_order_of(None) is examples


def test_joined_examples_stand_behind_each_other():
    first = Examples([np.zeros((2, 1))], ["a"], source="a.csv")
    second = Examples(np.ones((2, 3, 1)), ["b", "c"], source="b.csv")
    joined = join([first, second])
    assert (len(joined), joined.answers) == (3, ["a", "b", "c"])
    assert [len(x) for x in joined.inputs] == [2, 3, 3]
    assert joined.where(2) == "b.csv: sequence 2"
    assert join([first, Examples([np.zeros((1, 1))])]).answers is None


def test_recordings_of_another_rate_are_refused():
    slow, fast = (Examples([np.zeros((2, 1))], sampling_rate=rate, source="s.wav") for rate in (8000, 16000))
    slow.refuse_other_rate(None)
    with pytest.raises(DataError, match="expected a sampling rate of 8,000 Hz, as in training, got 16,000"):
        join([slow, fast])
