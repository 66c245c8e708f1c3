import pytest

from recurra import DataError
from recurra.data.tables.choices import Choices


def test_what_a_person_says_is_taken_apart():
    choices = Choices.of("a=number, b = time", group="g", ignore="x, y")
    assert choices.kinds == {"a": "number", "b": "time"}
    assert choices.ignored == ("x", "y")


@pytest.mark.parametrize("kinds", ["a", "a=", "a=word", "=number"])
def test_another_form_is_refused(kinds):
    with pytest.raises(DataError, match="columns: expected NAME=KIND, where KIND is one of number, category, time"):
        Choices.of(kinds)
