"""What translations are to begin with."""

import numpy as np
import pytest

from recurra import DataError
from recurra.data.text.tokenizers import Tokenizer
from recurra.tasks.translation.prefix import prefix_symbols


def symbols(prefix, kind="word", most=9, longest=100):
    tokenizer = Tokenizer.learn(kind, ["a dog runs and a dog rests"], 300 if kind == "bpe" else 0)
    return prefix_symbols(prefix, tokenizer, tokenizer.encode, most, longest).tolist(), tokenizer


@pytest.mark.parametrize("kind", ["char", "word", "bpe"])
def test_a_text_and_its_symbols_are_alike(kind):
    numbers, tokenizer = symbols("a dog", kind)
    assert tokenizer.decode(numbers) == "a dog"
    assert symbols(numbers, kind)[0] == symbols(np.asarray(numbers), kind)[0] == numbers
    assert symbols("", kind)[0] == symbols([], kind)[0] == []


def test_a_space_at_the_end_counts_among_characters_alone():
    assert len(symbols("a ", "char")[0]) == 2
    assert symbols("a dog ")[0] == symbols("a dog")[0]
    assert symbols("a dog ", "bpe")[0] == symbols("a dog", "bpe")[0]


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("a cat", "prefix: expected symbols that the translator knows, got 'cat'"),
        ([1, 99], "prefix: expected symbols from 0 to 5, got 99"),
        ([True], "prefix: expected symbols from 0 to 5, got True"),
        ([-1], "prefix: expected symbols from 0 to 5, got -1"),
        ([0], "prefix: expected symbols from 0 to 5, got 0"),  # what is unknown
        (3, "prefix: expected a text or a list of symbols, got 3"),
        ("a " * 10, "prefix: expected at most 9 symbols, got 10"),
        ("a " * 60, "prefix: expected a text of at most 100 characters, got 120"),
    ],
)
def test_what_cannot_be_begun_with_is_refused(prefix, message):
    with pytest.raises(DataError, match=message):
        symbols(prefix)
