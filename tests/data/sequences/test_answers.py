from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.sequences.answers import Answers

TABLE = [np.asarray([0, 1, 1]), np.asarray([1, 0, 0])]


def _learn(answers, numbers=False, per_step=False, locations=None):
    return Answers.learn(answers, numbers, per_step, locations)


@pytest.mark.parametrize(
    ("answers", "numbers", "kind", "outputs"),
    [
        (["b", "a", "b"], False, "class", 1),
        (["b", "a", "c"], False, "class", 3),
        ([["a", "b"], []], False, "labels", 2),
        (TABLE, False, "labels", 3),
        ([1.5, 2.5], True, "number", 1),
        ([[1, 2], [3, 5]], True, "number", 2),
    ],
)
def test_the_kind_is_found_out(answers, numbers, kind, outputs):
    learnt = _learn(answers, numbers)
    assert (learnt.kind, learnt.outputs) == (kind, outputs)


@pytest.mark.parametrize("answers", [["b", "a", "c"], ["b", "a"], [["a", "b"], [], ["c"]], [3, 1, 2]])
def test_labels_come_back_from_scores_that_are_certain_of_them(answers):
    learnt = _learn(answers)
    encoded = learnt.concatenate(learnt.encode(answers))
    if learnt.kind == "class":
        scores = np.eye(3)[encoded] if learnt.outputs > 1 else 2.0 * encoded[:, None] - 1
    else:
        scores = 2 * encoded - 1
    assert list(learnt.decode(scores)) == list(answers)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=9))
def test_numbers_are_standardized_and_come_back(numbers):
    learnt = _learn(numbers, numbers=True)
    encoded = learnt.concatenate(learnt.encode(numbers))  # (N, 1)
    np.testing.assert_allclose(learnt.decode(encoded), numbers, rtol=1e-9, atol=1e-6)
    largest = max(map(abs, numbers))
    if min(numbers) < max(numbers) and np.std(numbers) > 1e-6 * largest:  # else rounding is of the size of the numbers
        assert abs(encoded.mean()) < 1e-6


@pytest.mark.parametrize("number", [0.1, 699051.0849867126, -1e6 / 3])
def test_numbers_that_never_change_have_no_scale_whatever_their_digits(number):
    learnt = _learn([number] * 3, numbers=True)
    assert learnt.scale == [1.0]
    assert np.abs(learnt.concatenate(learnt.encode([number] * 3))).max() < 1e-9


def test_answers_at_every_step_are_encoded_step_by_step():
    learnt = _learn([["a", "b"], ["b"]], per_step=True)
    assert [steps.tolist() for steps in learnt.encode([["b", "a", "a"], ["b"]])] == [[1, 0, 0], [1]]
    with pytest.raises(DataError, match="second: expected one of the labels a, b, got 'c'"):
        learnt.encode([["a"], ["c"]], ["first", "second"])


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([], "answers: expected answers, got none"),
        (["a", "a"], "answers: expected at least 2 classes, got 1 class: 'a'"),
        (["a", None], "sequence 2: expected labels, got none (None)"),
        ([["a"], "b"], "sequence 2: expected a list of labels, as other answers are, got 'b'"),
    ],
)
def test_what_cannot_be_learnt_is_named(answers, message):
    with pytest.raises(DataError) as error:
        _learn(answers)
    assert str(error.value) == message


def test_probabilities_of_classes_add_up_to_1():
    scores = np.asarray([[1000.0, -3.0, 0.5], [0.0, 0.0, 0.0]])
    of_three = _learn(["a", "b", "c"]).probabilities(scores)
    np.testing.assert_allclose(of_three.sum(1), 1)
    np.testing.assert_allclose(of_three[1], 1 / 3)
    of_two = _learn(["a", "b"]).probabilities(np.asarray([[0.0], [np.log(3)]]))
    np.testing.assert_allclose(of_two, [[0.5, 0.5], [0.25, 0.75]])
    np.testing.assert_allclose(_learn([["a"], ["b"]]).probabilities(np.zeros((1, 2))), 0.5)


@pytest.mark.parametrize("answers", [["b", "a"], [b"x", 1.5], [["a"], ["b"]], TABLE])
def test_what_was_learnt_comes_back_from_json(answers):
    learnt = _learn(answers)
    again = Answers.from_json(learnt.to_json())
    assert again == learnt
    again.require_valid(Path("labels.json"))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "number"},
        {"labels": ["a", "a"]},
        {"labels": []},
        {"mean": [1.0]},
        {"kind": "colour"},
        {"per_step": 1},
    ],
    ids=str,
)
def test_what_fits_together_in_no_way_is_refused(change):
    broken = Answers.from_json(_learn(["a", "b"]).to_json() | change)
    with pytest.raises(DataError, match=r"^labels.json: expected"):
        broken.require_valid(Path("labels.json"))
