import json
import logging

import pytest

from recurra.serve.protection.log_format import JsonFormat, TextFormat, traceback_of
from recurra.serve.protection.request_id import REQUEST_ID


def record(message="request", error=None, **fields):
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("recurra.serve", logging.INFO, "file.py", 1, message, (), info)
    made.created, made.msecs, made.fields = 0.25, 250.0, fields
    return made


@pytest.fixture
def request_id():
    token = REQUEST_ID.set("abc")
    yield "abc"
    REQUEST_ID.reset(token)


def raised(error, cause=None):
    try:
        raise error from cause
    except Exception as caught:
        return caught


def test_a_line_is_an_object_of_json(request_id):
    line = JsonFormat().format(record(status=200, user="a\nb"))
    assert "\n" not in line
    expected = {"time": "1970-01-01T00:00:00.250Z", "level": "info", "event": "request", "id": "abc", "status": 200}
    assert json.loads(line) == expected | {"user": "a\nb"}


def test_a_line_for_people_cannot_be_broken_by_a_client():
    line = TextFormat().format(record(path="/v1/models/{name}", user="a\nb status=500"))
    assert line == '1970-01-01T00:00:00.250Z info request path=/v1/models/{name} user="a\\nb status=500"'


def test_an_error_has_its_traceback_and_the_id_of_the_request(request_id):
    error = raised(ValueError("a number is wrong"))
    fields = json.loads(JsonFormat().format(record("a request failed", error)))
    assert fields["id"] == "abc"
    assert fields["error"].endswith("ValueError: a number is wrong")
    assert "in raised" in fields["error"]
    assert TextFormat().format(record("a request failed", error)).count("\n") >= 3


def test_what_a_message_quotes_is_left_out():
    error = raised(RuntimeError('got "a \\" secret", expected 3'), KeyError("secret"))
    text = traceback_of(error)
    assert "secret" not in text.replace('raised(RuntimeError(\'got "a \\\\" secret"', "")
    assert "KeyError: '...'" in text
    assert text.endswith("RuntimeError: got '...', expected 3")
