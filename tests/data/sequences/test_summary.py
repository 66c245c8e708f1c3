import numpy as np
import pytest

from recurra.data.files.mapped_array import Ragged
from recurra.data.sequences.answers import Answers
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.summary import odd_classes, summary


def _summary(inputs, answers, numbers=False, per_step=False):
    return summary(Examples(inputs, answers), Answers.learn(answers, numbers, per_step))


@pytest.mark.parametrize(
    ("inputs", "steps"),
    [
        (np.zeros((2, 5, 1)), "5 steps, 1 feature"),
        ([np.zeros((1, 3)), np.zeros((4, 3))], "1 to 4 steps, 3 features"),
        (Ragged(np.zeros((2, 5, 2)), np.array([2, 3])), "2 to 3 steps, 2 features"),
        ([np.zeros((1, 1))] * 2, "1 step, 1 feature"),
    ],
)
def test_sequences_are_said_with_their_sizes(inputs, steps):
    assert _summary(inputs, ["up", "down"]) == f"read: 2 sequences of {steps}; 2 classes: down, up"


def test_texts_are_said_with_the_first():
    said = _summary(["to be", "or not"] * 5, list(range(10)))
    assert said == "read: 10 texts, such as 'to be'; 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, ..."


def test_answers_of_every_kind_are_said():
    x = np.zeros((2, 2, 1))
    assert _summary(x, [1.5, 2.5], numbers=True).endswith("; a number to be met")
    assert _summary(x, [["a", "b"], ["b", "b"]], per_step=True).endswith("; at every step 2 classes: a, b")
    assert _summary(x, [["a", "b"], ["b"]]).endswith("; 2 labels, any of them at once: a, b")


def test_a_class_of_one_example_among_many_is_named():
    labels = ["walk", "run"] * 10 + ["wlak"]
    examples = Examples(np.zeros((21, 2, 1)), labels, [f"a.csv:{i + 2}" for i in range(21)])
    assert odd_classes(examples, Answers.learn(labels, False, False)) == ["only one example of class 'wlak': a.csv:22"]
    few = Examples(np.zeros((3, 2, 1)), labels[-3:])
    assert odd_classes(few, Answers.learn(labels[-3:], False, False)) == []


def test_classes_that_are_written_alike_are_named():
    labels = ["1", "1.0", "2", "Yes", "yes", "no"]
    examples = Examples(np.zeros((6, 2, 1)), labels)
    assert odd_classes(examples, Answers.learn(labels, False, False)) == [
        "classes '1' and '1.0' are written alike, and are taken as different",
        "classes 'Yes' and 'yes' are written alike, and are taken as different",
    ]
