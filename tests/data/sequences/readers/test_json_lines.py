from functools import partial

import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.readers import json_lines


@pytest.fixture
def read(reading):
    return partial(reading, json_lines.read, "data.jsonl")


def test_steps_texts_and_labels(read):
    examples = read('{"x": [[1, 2], [3, null]], "label": ["a", "b"]}\n\n{"x": [[5, 6]], "label": []}\n')
    np.testing.assert_array_equal(examples.inputs[0], [[1, 2], [3, np.nan]])
    assert examples.answers == [["a", "b"], []]
    assert read('{"x": [1, 2]}\n').inputs[0].shape == (2, 1)
    assert read('{"text": "hello", "label": 1.5}\n').answers == [1.5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "data.jsonl:1: expected a JSON object, got"),
        ('{"label": "a"}', "data.jsonl:1: expected an object with x or text"),
        ('{"x": [[1], [1, 2]]}', "data.jsonl:1: x: expected steps of one width"),
        ('{"x": []}', r"data.jsonl:1: x: expected \(T,\) or \(T, I\) numbers, got shape \(0,\)"),
        ('{"x": [1], "label": "a"}\n{"x": [1]}', "data.jsonl:2: label: expected a text as in .*, got none"),
        (
            '{"x": [1], "label": 1}\n{"x": [1], "label": "1"}',
            "data.jsonl:2: label: expected a number as in .*:1, got a te",
        ),
        (
            '{"x": [1], "label": "a"}\n{"x": [1], "label": ["a"]}',
            "data.jsonl:2: label: expected a text as in .*, got a l",
        ),
        ('{"x": [1], "label": " "}', "data.jsonl:1: label: expected a text or a number, got ' '"),
        ('{"x": [1]}\n{"x": [[1, 2]]}', "data.jsonl:2: x: expected 1 features a step, as in .*data.jsonl:1, got 2"),
        ('{"x": ["1_0"]}', "data.jsonl:1: x: expected numbers or null, got '1_0'"),
        ('{"x": [1, "2", null]}', "data.jsonl:1: x: expected numbers"),
        ('{"x": [1e999]}', "data.jsonl:1: x: expected finite numbers or null, got infinity"),
        ('{"x": [1], "label": ' + "9" * 400 + "}", "data.jsonl:1: label: expected a whole number of at most 64 bits"),
        ('{"x": [' + "9" * 400 + "]}", "data.jsonl:1: x: expected numbers that fit into 64 bits"),
        ('{"x": [' + "9" * 5000 + "]}", "data.jsonl:1: expected a JSON object, got: Exceeds the limit"),
        ("[" * 100_000, "data.jsonl:1: expected a JSON object, got one nested too deeply"),
        ('{"text": "\\ud800"}', "data.jsonl:1: expected Unicode characters, got half of a surrogate pair: '.ud800'"),
        ('{"text": 5}', "data.jsonl:1: text: expected a text, got '5'"),
        ('{"x": [1], "label": {"a": 1}}', "data.jsonl:1: label: expected a text, a number or a list of these, got"),
        ('{"x": [1]}\n{"text": "a"}', "data.jsonl:2: expected x as in .*data.jsonl:1"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, text, said):
    with pytest.raises(DataError, match=said):
        read(text)


def test_a_line_that_is_far_too_long_is_refused(read, monkeypatch):
    monkeypatch.setattr("recurra.data.files.json_objects.LONGEST_LINE", 20)
    with pytest.raises(DataError, match=r"data.jsonl:2: expected a line of at most 20 characters, got 28"):
        read('{"x": [1]}\n{"x": [1, 2, 3, 4, 5, 6, 7]}\n')


def test_what_is_to_be_answered_may_have_some_labels(reading):
    content = '{"x": [1], "label": "a"}\n{"x": [1]}\n{"x": [2], "label": 1}\n'
    assert reading(partial(json_lines.read, labelled=False), "data.jsonl", content).answers is None


def test_texts_among_steps_are_refused_whatever_else_the_object_holds(read):
    for rest in ("", ', "label": "a"', ', "id": "s\\"1", "label": "a"', ', "label": ["a", "b"]'):
        assert read('{"x": [[1], [null]]' + rest + "}\n").inputs[0].shape == (2, 1)
        with pytest.raises(DataError, match=r"data.jsonl:1: x: expected numbers or null, got '2'"):
            read('{"x": [[1], ["2"]]' + rest + "}\n")


def test_infinity_is_named_by_its_own_line(read):
    with pytest.raises(DataError, match=r"data.jsonl:2: x: expected finite numbers"):
        read('{"x": [1]}\n{"x": [1, -Infinity]}\n{"x": [1]}\n')
