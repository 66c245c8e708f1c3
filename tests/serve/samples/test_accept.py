import pytest

from recurra.serve.errors import ApiError
from recurra.serve.samples.accept import chosen_type

OFFERED = ["application/json", "text/csv", "image/gif"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV ; q=1", "text/csv"),
        ("image/*", "image/gif"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/json;q=0, */*", "application/json"),
        ("text/csv;q=many", "text/csv"),
    ],
)
def test_the_form_that_is_wanted_most_is_chosen(accept, chosen):
    assert chosen_type(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["text/html", "text/csv;q=0", "csv"])
def test_who_takes_none_is_told_what_there_is(accept):
    with pytest.raises(ApiError, match="expected one of application/json, text/csv, image/gif") as caught:
        chosen_type(accept, OFFERED)
    assert caught.value.status == 406
