"""Which word each symbol belongs to, held to what `str.split` finds."""

import re

from hypothesis import given
from hypothesis import strategies as st

from recurra.data.text import word_numbers
from recurra.data.text.byte_pairs import characters_of

TEXTS = st.text(st.sampled_from("ab中👧 \t\n\u3000\u2003\x1c\x85"), max_size=20)


@given(TEXTS)
def test_characters_of_a_word_make_up_the_word(text):
    numbers = word_numbers.of_characters(text)
    words = text.split()
    for i, word in enumerate(words):
        assert "".join(c for c, number in zip(text, numbers, strict=True) if number == i) == word
    assert max(numbers, default=-1) == len(words) - 1


@given(TEXTS)
def test_words_and_line_ends_are_numbered_as_split_does(text):
    symbols = re.findall(r"\n|[^\s]+|[\x1c]+", text)  # as a tokenizer may give them
    numbers = word_numbers.of_words(symbols)
    assert max(numbers, default=-1) <= len(text.split())
    for symbol, number in zip(symbols, numbers, strict=True):
        assert number == -1 if not symbol.split() else text.split()[number] == symbol.split()[0]


def test_a_symbol_that_touches_several_words_belongs_to_the_first():
    alphabet = {character: character for character in "ab"} | {" ": "Ġ"}
    symbols = ["a", alphabet[" "] + "b" + alphabet[" "] + "a", alphabet[" "], "b"]
    assert word_numbers.of_byte_pairs(symbols) == [0, 1, -1, 3]
    assert word_numbers.of_byte_pairs([]) == []


def test_bytes_that_are_no_character_are_text():
    assert characters_of(["ä"]) == [(1, "\udce4")]  # the symbol of byte 0xe4 alone
    assert word_numbers.of_byte_pairs(["ä", "Ġ", "ä"]) == [0, -1, 1]
