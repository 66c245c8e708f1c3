"""What is said of unknown characters and words."""

from recurra.data.text import unknown_symbols
from recurra.data.text.tokenizers import Tokenizer


def test_a_few_of_the_unknown_are_shown():
    assert unknown_symbols.notes("text", 0, 9, []) == []
    (note,) = unknown_symbols.notes("text", 1200, 60_000, list("abcdefg"))
    assert note == "text: 1,200 of 60,000 symbols are unknown (2.00%), such as 'a' 'b' 'c' 'd' 'e'"


def test_unknown_symbols_of_texts_are_counted_each_shown_once():
    made = Tokenizer.learn("word", ["a b"])
    (note,) = unknown_symbols.notes_of("texts", ["a new", "new b\x1b"], made)
    assert note == "texts: 3 of 4 symbols are unknown (75.00%), such as 'new' 'b\\x1b'"
    assert unknown_symbols.notes_of("texts", ["a b"], made) == []
    assert unknown_symbols.notes_of("texts", ["new"], Tokenizer.learn("bpe", ["a b"], 256)) == []
