import pytest

from recurra import DataError
from recurra.data.files import json_objects
from recurra.data.files.json_objects import load_object


@pytest.mark.parametrize(
    ("line", "content"),
    [
        ('{"a": [1, null, "é"]}', {"a": [1, None, "é"]}),
        (' \t{"a": 1} ', {"a": 1}),
        ("{}", {}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
    ],
)
def test_an_object_is_read_with_or_without_space_around_it(line, content):
    assert load_object(line, "here") == content


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "here: expected a JSON object, got: Expecting value"),
        ("word", "here: expected a JSON object, got: Expecting value"),
        ('{"a": 1', "here: expected a JSON object, got: Expecting ',' delimiter"),
        ('{"a": 1} {"b": 2}', "here: expected a JSON object, got: Extra data"),
        ("[1, 2]", r"here: expected a JSON object, got \[1, 2\]"),
        ('"text"', 'here: expected a JSON object, got "text"'),
        ("{" * 5, "here: expected a JSON object, got: Expecting property name"),
        ("[" * 100_000, "here: expected a JSON object, got one nested too deeply"),
        ('{"a": "\\ud800"}', "here: expected Unicode characters, got half of a surrogate pair"),
        ('{"\\uDC00": 1}', "here: expected Unicode characters, got half of a surrogate pair"),
    ],
)
def test_what_is_no_object_is_named_by_its_place(line, message):
    with pytest.raises(DataError, match=message):
        load_object(line, "here")


def test_a_line_that_is_far_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(json_objects, "LONGEST_LINE", 10)
    with pytest.raises(DataError, match="here: expected a line of at most 10 characters, got 15"):
        load_object('{"a": "123456"}', "here")
