import pytest

from recurra.data.tables.time_format import find_format

FORMS = {
    "2024-01-31": "day",
    "2024/01/31": "day",
    "31.01.2024": "day",
    "2024-01": "month",
    "2024-01-31 23:59": "minute",
    "2024-01-31T23:59:58": "second",
    "2024-01-31 23:59:58.25": "second",
    "2024-01-31T23:59:58Z": "second",
    "2024-01-31 23:59:58.001+05:30": "second",
    "1903-12-31": "day",
}


@pytest.mark.parametrize(("text", "unit"), FORMS.items())
def test_a_time_stamp_is_written_as_it_was_read(text, unit):
    form = find_format([text])
    assert form.unit == unit
    assert form.text(form.units(text)) == text
    assert form.units(form.text(form.units(text) + 7)) == form.units(text) + 7


def test_day_and_month_are_told_apart_by_all_cells():
    assert find_format(["01/02/2024", "13/02/2024"]).pattern == "%d/%m/%Y"
    assert find_format(["01/02/2024", "02/13/2024"]).pattern == "%m/%d/%Y"


def test_what_is_mostly_something_else_has_no_form():
    assert find_format(["2024-01-01", "x", "y"]) is None
    assert find_format(["1.5", "2024-1-1"]) is None
    form = find_format(["2024-01-01", "2024-01-02", "x"])
    with pytest.raises(ValueError, match="expected a time stamp such as 2024-01-31, got 'x'"):
        form.units("x")


def test_far_times_are_the_first_and_the_last_that_can_be_written():
    form = find_format(["2024-01-01"])
    assert form.text(10**9) == "9999-12-31"
    assert form.text(-(10**9)).endswith("-01-01")
