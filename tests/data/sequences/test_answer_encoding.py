import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences import answer_encoding as encoding


def test_a_label_becomes_its_position():
    encode = encoding.class_encoder(["a", 1, 2.5], strict=True)
    assert [int(encode(label, "here")) for label in ("a", 1, np.float64(2.5))] == [0, 1, 2]
    for label in ("b", 3):
        with pytest.raises(DataError, match=r"here: expected one of the labels a, 1, 2.5, got"):
            encode(label, "here")
    with pytest.raises(DataError, match="here: expected labels that are texts, numbers, dates or bytes, got list"):
        encode(["a"], "here")
    assert encoding.class_encoder(["a"], strict=False)("b", "here") == encoding.NOT_LEARNT


def test_of_many_labels_the_error_names_some():
    with pytest.raises(DataError, match=r"expected one of the labels 0, 1, .*, 19, \.\.\., got 99"):
        encoding.class_encoder(list(range(50)), strict=True)(99, "here")


def test_several_labels_become_a_row_of_0_and_1():
    encode = encoding.several_labels_encoder(["a", "b", "c"], strict=True)
    assert encode(["c", "a"], "here").tolist() == [1, 0, 1]
    assert encode([], "here").tolist() == [0, 0, 0]
    with pytest.raises(DataError, match="here: expected a list of labels, as other answers are, got 'a'"):
        encode("a", "here")
    lenient = encoding.several_labels_encoder(["a", "b"], strict=False)
    assert lenient(["a", "x"], "here").tolist() == [-1, -1]


@pytest.mark.parametrize("row", [[0, 1, 1], [0, 2], [[0, 1]], 1])
def test_indicators_are_as_many_0_and_1_as_there_are_labels(row):
    encode = encoding.indicator_encoder(2)
    assert encode(np.asarray([True, False]), "here").tolist() == [1, 0]
    with pytest.raises(DataError, match="here: expected 2 times 0 or 1, whether it has each label, got"):
        encode(row, "here")


def test_numbers_are_standardized():
    encode = encoding.number_encoder([1.0, 10.0], [2.0, 5.0])
    assert encode([3, 5], "here").tolist() == [1, -1]
    with pytest.raises(DataError, match="here: expected 2 numbers as the answer, got 1"):
        encode(3, "here")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("x", "b: expected a number as the answer, got 'x'"),
        (None, "b: expected a finite number as the answer, got None"),
        (float("inf"), "b: expected a finite number as the answer, got inf"),
        ([1, 2], "b: expected 1 numbers as the answer, as of a, got 2"),
    ],
)
def test_what_is_no_number_is_named_by_its_location(answer, message):
    assert encoding.number_rows(["1.5", 2], ["a", "b"]).tolist() == [[1.5], [2]]
    with pytest.raises(DataError) as error:
        encoding.number_rows([1, answer], ["a", "b"])
    assert str(error.value) == message


@pytest.mark.parametrize("answer", ["a", 3, None, [], np.zeros(0)])
def test_answers_at_every_step_are_a_container_of_some(answer):
    encoding.require_steps([1], "here")
    with pytest.raises(DataError, match="here: expected answers at every step, got"):
        encoding.require_steps(answer, "here")
