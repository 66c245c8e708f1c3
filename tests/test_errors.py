"""Messages of errors, and the checks that raise them."""

import numpy as np
import pytest

from recurra import DataError, LanguageModel, Translator
from recurra.errors import printable, quote, require_count, shorten


def str_of_type(value):
    return type(value).__name__


@pytest.mark.parametrize("job", [LanguageModel, Translator])
def test_a_text_in_place_of_a_file_is_not_shown_whole(job):
    text = "the old king said\n" * 10_000
    for data in (text, [text]):
        with pytest.raises(DataError) as caught:
            job().fit(data, progress=False)
        assert len(str(caught.value)) <= 2000
        assert "\n" not in str(caught.value)


def test_a_count_is_a_whole_number():
    require_count("n", np.int32(1))
    for value in (0, -1, 1.0, True, "1", None, np.float64(2)):
        with pytest.raises(DataError, match="n: expected a whole number of at least 1, got"):
            require_count("n", value)


def test_an_error_is_one_line_of_bounded_length_whatever_it_quotes():
    message = str(DataError("FILE:1: got " + "line\n" * 100_000 + "\x1b[2J\ud800 the end"))
    assert len(message) <= 2000
    assert message.startswith("FILE:1: got line\\nline")
    assert message.endswith("\\x1b[2J\\ud800 the end")
    assert message.isprintable()


def test_what_is_short_and_printable_stays_as_it_is():
    for text in ("expected é, 字 and a\u00a0space", ""):
        assert str(DataError(text)) == printable(text) == shorten(text) == text


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, b"x" * 10**6, list(range(10**5)), {i: i for i in range(10**5)}, 10**5000, object()],
    ids=str_of_type,
)
def test_a_quoted_value_is_short(value):
    assert len(quote(value)) < 120


def test_a_quoted_value_is_shown_as_python_does():
    assert quote(np.float64(1.5)) == "1.5"
    assert quote(np.zeros((3, 2))) == "ndarray of shape (3, 2)"
    assert [quote(value) for value in ("a\n", 3, None, [1, "b"])] == ["'a\\n'", "3", "None", "[1, 'b']"]


@pytest.mark.parametrize("value", [0, 11, 2.5, float("nan"), 10**5000], ids=str_of_type)
def test_what_is_no_count_is_named(value):
    with pytest.raises(DataError, match="samples: expected a whole number of at"):
        require_count("samples", value, most=10)
    require_count("samples", 10, most=10)
