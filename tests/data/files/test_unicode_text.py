import pytest

from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError


@pytest.mark.parametrize("text", ["", "a", "é", "\U0001f600", "\ufffd", "\0"])
def test_text_is_taken(text):
    require_unicode("here", text)


@pytest.mark.parametrize(
    ("text", "got"),
    [("a\ud800", r"'\\ud800'$"), ("\udfffa", r"'\\udfff'$"), ("\udcff", r"'\\udcff', as Python reads byte 0xff$")],
)
def test_half_of_a_surrogate_pair_is_refused(text, got):
    with pytest.raises(DataError, match=f"^here: expected Unicode characters, got half of a surrogate pair: {got}"):
        require_unicode("here", text)
