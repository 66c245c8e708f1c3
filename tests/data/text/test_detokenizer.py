import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra.data.text.detokenizer import Detokenizer
from recurra.data.text.tokenizers import Tokenizer

CHARACTERS = Tokenizer.learn("char", ["ab\n"])


def _pieces(text: str, stop: str | None) -> list[str]:
    detokenizer = Detokenizer(CHARACTERS, [stop] if stop else [])
    pieces = [detokenizer.push(int(number)) for number in CHARACTERS.encode(text)]
    return [*pieces, detokenizer.close()]


@given(st.text("ab\n", max_size=20), st.text("ab\n", max_size=4))
def test_a_text_ends_before_the_stop_string(text, stop):
    expected = text.partition(stop)[0] if stop else text
    assert "".join(_pieces(text, stop)) == expected


@given(st.text("ab", max_size=20))
def test_no_piece_is_given_that_may_still_be_cut_off(text):
    whole, given_so_far = text.partition("aab")[0], ""
    for piece in _pieces(text, "aab"):
        given_so_far += piece
        assert whole.startswith(given_so_far)


def test_what_may_begin_the_stop_string_is_held_back():
    assert _pieces("aab", "ab") == ["", "a", "", ""]
    assert _pieces("aaa", "ab") == ["", "a", "a", "a"]


@pytest.mark.parametrize("after_the_end", [1, None])
def test_nothing_comes_after_the_end(after_the_end):
    detokenizer = Detokenizer(CHARACTERS, ["a"])
    detokenizer.push(int(CHARACTERS.encode("a")[0]))
    assert detokenizer.ended
    assert detokenizer.push(after_the_end) == ""
    assert detokenizer.close() == ""


def test_words_go_on_from_the_prompt_with_a_space():
    words = Tokenizer.learn("word", ["a b\n"])
    detokenizer = Detokenizer(words, [], "so a")
    assert [detokenizer.push(int(number)) for number in words.encode("b a")] == [" b", " a"]


@given(st.text("ab\n", max_size=20), st.text("ab\n", min_size=1, max_size=4))
def test_what_is_cut_off_is_told(text, stop):
    detokenizer = Detokenizer(CHARACTERS, [stop])
    pieces = []
    for number in CHARACTERS.encode(text):
        if not detokenizer.ended:
            pieces.append(detokenizer.push(int(number)))
    assert detokenizer.cut == (stop if stop in text else "")
    if not detokenizer.ended:
        pieces.append(detokenizer.close())
    assert text.startswith("".join(pieces) + detokenizer.cut)
