from functools import partial

import numpy as np
import pytest

from recurra import DataError
from recurra.data import tables


@pytest.fixture
def read(reading):
    return partial(reading, tables.read, "data.csv")


def test_a_row_a_step(read):
    examples = read("id,u,v,label\none,1,2,yes\ntwo,5,6,no\none,3,,yes\n")
    assert examples.names == ["one", "two"]
    np.testing.assert_array_equal(examples.inputs[0], [[1, 2], [3, np.nan]])
    assert examples.answers == ["yes", "no"]


def test_answers_that_change_within_a_sequence_are_one_a_step(read):
    assert read("sequence;u;y\n1;1;a\n1;2;b\n2;3;a\n").answers == [["a", "b"], ["a"]]


def test_a_row_a_text(read):
    examples = read('text,label\n"to be,\nor\u2028not",play\nhello,letter\n')
    assert examples.inputs == ["to be,\nor\u2028not", "hello"]
    assert examples.answers == ["play", "letter"]


def test_a_row_a_series(read):
    examples = read("t0\tt1\tclass\n1\t2\ta\n3\t?\tb\n")
    np.testing.assert_array_equal(examples.inputs[1], [[3], [np.nan]])
    assert examples.answers == ["a", "b"]
    assert read("t0,t1\n1,2\n").answers is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("u,label\n1,a\nx,b\n", "data.csv:3: expected a number in column 'u', got 'x'"),
        ("u,label\n1\n", "data.csv:2: expected 2 columns as in the header, got 1"),
        ("u,label\n", "expected rows below the header, got none"),
        ("", "expected a header and rows, got an empty file"),
        ("id,label\n1,a\n", "data.csv:2: expected columns of features beside 'id', got none"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, text, said):
    with pytest.raises(DataError, match=said):
        read(text)
