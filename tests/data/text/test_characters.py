from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recurra.data.text import characters
from recurra.data.text.tokenizers import Tokenizer
from recurra.data.text.vocabulary import UNKNOWN

TEXT = (
    "It was the best of times,\tit was the worst of times.\r\n"
    "  Das Mädchen aß;   ein\u00a0Ökonom\n\n"
    "机器学习很有意思。 e\u0301tude 👩‍👩‍👧 नमस्ते \u2028 x\x0by\x1cz\x00\n"
    "<unk> is a word of some corpora"
)


def _divide(sequence, cuts: list[int]) -> list:
    """Divide a text, or a list of lines, at these places."""
    places = sorted({min(cut, len(sequence)) for cut in cuts} | {0, len(sequence)})
    return [sequence[begin:end] for begin, end in pairwise(places)]


@given(st.text())
def test_any_unicode_comes_back_from_characters(text):
    tokenizer = Tokenizer.learn("char", [text + "a"])
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text(), st.lists(st.integers(0, 40), max_size=4))
def test_characters_may_be_divided_anywhere(text, cuts):
    tokenizer = Tokenizer.learn("char", [TEXT])
    encoded = [number for piece in _divide(text, cuts) for number in tokenizer.encode(piece)]
    assert encoded == tokenizer.encode(text).tolist()


def test_half_a_surrogate_pair_is_an_unknown_character():
    assert Tokenizer.learn("char", ["ab"]).encode("a\udcffb").tolist() == [1, 0, 2]


def test_characters_are_all_kept_in_their_own_order():
    tokenizer = Tokenizer.learn("char", ["ba\n", "中a"])
    assert tokenizer.symbols == [UNKNOWN, "\n", "a", "b", "中"]
    assert tokenizer.encode("ab?").tolist() == [2, 3, 0]


def test_the_most_frequent_characters_are_kept_ties_in_alphabetical_order():
    assert Tokenizer.learn("char", ["dccaaab"], 4).symbols == [UNKNOWN, "a", "b", "c"]


def test_unknown_white_space_is_white_space():
    made = Tokenizer.learn("char", ["ab"])
    assert made.words_of(made.encode("\u3000a\u3000b").tolist(), "\u3000a\u3000b") == [-1, 0, -1, 1]


@given(st.text(alphabet=st.sampled_from("abc中\U0001f467\ud800")), st.text(alphabet=st.sampled_from("ab中")))
def test_a_table_of_code_points_gives_the_numbers_of_the_vocabulary(text, known):
    vocabulary = {symbol: number for number, symbol in enumerate(dict.fromkeys(known), 1)}
    numbers = characters.look_up(text, characters.number_table(vocabulary, 0))
    assert numbers.tolist() == [vocabulary.get(character, 0) for character in text]
