from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra.data.text.tokenizers import Tokenizer
from recurra.data.text.vocabulary import UNKNOWN


def test_the_most_frequent_words_are_kept_ties_in_alphabetical_order():
    tokenizer = Tokenizer.learn("word", ["d b b c\n", "a c b\n", "e c"], 6)
    assert tokenizer.symbols == [UNKNOWN, "b", "c", "\n", "a", "d"]
    assert tokenizer.encode("e a\nb E").tolist() == [0, 4, 3, 1, 0]
    assert tokenizer.decode([1, 0, 3, 2]) == "b <unk>\nc"


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1).map(" ".join), st.integers(2, 9))
def test_no_word_left_out_is_more_frequent_than_one_that_is_kept(text, size):
    tokenizer = Tokenizer.learn("word", [text], size)
    counts = Counter(text.split())
    kept = tokenizer.symbols[1:]
    assert len(tokenizer) == min(size, 1 + len(counts))
    left_out = [counts[word] for word in counts if word not in kept]
    assert min(counts[word] for word in kept) >= max(left_out, default=0)


def test_the_word_unk_of_a_corpus_is_the_unknown_symbol():
    tokenizer = Tokenizer.learn("word", ["<unk> a <unk> b <unk>"])
    assert tokenizer.symbols == [UNKNOWN, "a", "b"]
    assert tokenizer.encode("a <unk> strange").tolist() == [1, tokenizer.unknown, tokenizer.unknown]


def test_ten_thousand_words_are_the_default():
    words = [f"w{i}" for i in range(10_050)]
    assert len(Tokenizer.learn("word", [" ".join(words)])) == 10_000


def test_words_in_a_stream_have_one_space_between_them():
    tokenizer = Tokenizer.learn("word", ["a b\nc"])
    push = tokenizer.decode_stream()
    assert [push(int(number)) for number in tokenizer.encode("a b\n\nc a")] == ["a", " b", "\n", "\n", "c", " a"]


@pytest.mark.parametrize(
    ("after", "text"), [("", "a b"), ("a", " a b"), ("a ", "a b"), ("a\n", "a b"), ("a\xa0", "a b")]
)
def test_words_go_on_from_a_text_with_one_space(after, text):
    made = Tokenizer.learn("word", ["a b\n"])
    push = made.decode_stream(after)
    assert "".join(push(int(number)) for number in made.encode("a b")) == text
