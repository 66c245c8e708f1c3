import json
import re
from itertools import pairwise

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.text.tokenizers import KINDS, Tokenizer, grouped

TEXT = (
    "It was the best of times,\tit was the worst of times.\r\n"
    "  Das Mädchen aß;   ein\u00a0Ökonom\n\n"
    "机器学习很有意思。 e\u0301tude 👩‍👩‍👧 नमस्ते \u2028 x\x0by\x1cz\x00\n"
    "<unk> is a word of some corpora"
)


WHITE_SPACE = (
    "\t\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # Unicode's, but for the line end
)


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(request) -> Tokenizer:
    return Tokenizer.learn(request.param, [TEXT], 300 if request.param == "bpe" else 0)


@pytest.fixture(scope="module")
def bpe() -> Tokenizer:
    return Tokenizer.learn("bpe", [TEXT], 300)


def _divide(sequence, cuts: list[int]) -> list:
    """Divide a text, or a list of lines, at these places."""
    places = sorted({min(cut, len(sequence)) for cut in cuts} | {0, len(sequence)})
    return [sequence[begin:end] for begin, end in pairwise(places)]


def _divide_after_lines(text: str, cuts: list[int]) -> list[str]:
    return ["".join(lines) for lines in _divide(re.findall(r"[^\n]*\n|[^\n]+", text), cuts)]


def _as_read(text: str, tokenizer: Tokenizer) -> str:
    """What decoding gives back: all of it, but words with one space between them."""
    if tokenizer.kind != "word":
        return text
    return "\n".join(" ".join(re.split(f"[{WHITE_SPACE}]+", line)).strip(" ") for line in text.split("\n"))


# --- there and back ---------------------------------------------------------------------------------------------------


def test_a_learnt_text_comes_back(tokenizer):
    assert tokenizer.decode(tokenizer.encode(TEXT)) == _as_read(TEXT, tokenizer)


@given(st.text())
def test_words_come_back_with_one_space_between_them(text):
    tokenizer = Tokenizer.learn("word", [text + " a"])
    assert tokenizer.decode(tokenizer.encode(text)) == _as_read(text, tokenizer)


@given(st.text(alphabet=st.sampled_from("ab中é\n\r \t")), st.lists(st.integers(0, 40), max_size=4))
def test_numbers_do_not_depend_on_how_the_lines_are_divided(tokenizer, text, cuts):
    pieces = _divide_after_lines(text, cuts)
    assert "".join(pieces) == text
    encoded = [number for piece in pieces for number in tokenizer.encode(piece)]
    assert encoded == tokenizer.encode(text).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_symbols_do_not_depend_on_how_the_lines_are_divided(kind):
    text = TEXT + "\n" + TEXT.upper()
    whole = Tokenizer.learn(kind, [text], 290 if kind == "bpe" else 20)
    for cuts in ([1], [2, 3], [1, 2, 3, 4, 5]):
        assert Tokenizer.learn(kind, iter(_divide_after_lines(text, cuts)), len(whole)).to_json() == whole.to_json()


def test_numbers_are_int64_and_an_empty_text_has_none(tokenizer):
    assert tokenizer.encode(TEXT).dtype == np.int64
    assert tokenizer.encode("").tolist() == []
    assert tokenizer.encode("").dtype == np.int64
    assert tokenizer.decode([]) == ""


def test_every_number_has_its_symbol(tokenizer):
    assert len(tokenizer) == len(tokenizer.symbols) == len(set(tokenizer.symbols))
    assert all(tokenizer.inner.token_to_id(symbol) == number for number, symbol in enumerate(tokenizer.symbols))


# --- which symbols ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [
        ("char", 1, "vocabulary_size: expected at least 2, got 1"),
        ("word", 1, "vocabulary_size: expected at least 2, got 1"),
        ("bpe", 255, "vocabulary_size: expected at least 256 for bpe, one a byte, got 255"),
        ("syllable", 0, "tokenizer: expected one of char, word, bpe, got 'syllable'"),
    ],
)
def test_what_cannot_be_learnt_says_what_would_do(kind, size, message):
    with pytest.raises(DataError) as caught:
        Tokenizer.learn(kind, [TEXT], size)
    assert str(caught.value) == message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pieces", [[], [""]])
def test_no_text_has_no_symbols(kind, pieces):
    with pytest.raises(DataError, match="expected some text to learn symbols from, got none"):
        Tokenizer.learn(kind, pieces)


# --- one number after another -----------------------------------------------------------------------------------------


def test_a_stream_gives_each_symbols_text_at_once(tokenizer):
    push = tokenizer.decode_stream()
    text = ""
    for length, number in enumerate(tokenizer.encode("of times, it was\nthe best"), 1):
        text += push(int(number))
        assert text == tokenizer.decode(tokenizer.encode("of times, it was\nthe best")[:length])
    assert push(None) == ""


# --- the file ---------------------------------------------------------------------------------------------------------


def test_a_saved_tokenizer_gives_the_same_numbers_and_text(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.json"
    tokenizer.save(path)
    loaded = Tokenizer.load(path)
    text = TEXT + " unknown 字"
    assert (loaded.kind, loaded.symbols, loaded.unknown) == (tokenizer.kind, tokenizer.symbols, tokenizer.unknown)
    assert loaded.encode(text).tolist() == tokenizer.encode(text).tolist()
    assert loaded.decode(loaded.encode(text)) == tokenizer.decode(tokenizer.encode(text))
    assert loaded.to_json() == tokenizer.to_json() == path.read_text(encoding="utf-8")


def test_the_file_is_one_that_the_tokenizers_library_reads(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "tokenizer.json")
    theirs = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    line = "It was 机器学习 of\ttimes ? 字"
    assert theirs.encode(line).ids == tokenizer.encode(line).tolist()
    if tokenizer.kind != "word":
        known = TEXT.split("\n")[0]
        assert theirs.decode(theirs.encode(known).ids) == known


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model": {}}', json.dumps({"version": "1.0"}), "\xff"])
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError, match=r"tokenizer\.json: expected a tokenizer in the tokenizers format, got: "):
        Tokenizer.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"tokenizer\.json: expected a tokenizer, found nothing there"):
        Tokenizer.load(tmp_path / "tokenizer.json")


@pytest.mark.parametrize("kind", KINDS)
def test_symbols_belong_to_the_words_between_spaces(kind):
    text = "das Mädchen aß Äpfel"
    made = Tokenizer.learn(kind, [text + "\n"], 270 if kind == "bpe" else 0)
    numbers = made.encode(text)
    words: dict[int, list[int]] = {}
    for number, word in zip(numbers.tolist(), made.words_of(numbers.tolist()), strict=True):
        words.setdefault(word, []).append(number)
    words.pop(-1, None)
    assert [made.decode(words[i]).strip() for i in range(4)] == text.split()


WHITE = st.text("ab é中.\t\n\r\u3000\u2028\xa0\x1c\x1f\x85👧", max_size=30)


@given(WHITE)
@settings(max_examples=300)
def test_words_are_those_that_split_finds(tokenizer, text):
    found = tokenizer.words_of(tokenizer.encode(text).tolist(), text)
    words = [number for number in found if number >= 0]
    assert words == sorted(words)
    assert len(found) == len(tokenizer.encode(text))
    assert set(words) <= set(range(len(text.split())))
    if tokenizer.kind == "char":
        assert "".join(c for c, word in zip(text, found, strict=True) if word == -1) == "".join(
            filter(str.isspace, text)
        )
    alone = Tokenizer.learn("bpe", [text + "a"], 256)  # a symbol is a byte, so every word has symbols
    of_bytes = alone.words_of(alone.encode(text).tolist())
    assert set(of_bytes) - {-1} == set(range(len(text.split())))


def test_half_a_surrogate_pair_is_an_unknown_character_of_every_kind():
    for kind in KINDS:
        made = Tokenizer.learn(kind, ["a \ud800b\n"])
        assert made.decode(made.encode("a \udcffb")) in ("a \ufffdb", "a <unk>b")


def test_what_is_unknown_is_listed_as_it_stands():
    assert [Tokenizer.learn("char", ["ab"]).unknown_of("axbyx", np.asarray([1, 0, 2, 0, 0]))] == [["x", "y"]]
    made = Tokenizer.learn("word", ["a b"])
    assert made.unknown_of("a new b word new", made.encode("a new b word new")) == ["new", "word"]


@pytest.mark.parametrize(("kind", "length"), [("char", 1), ("word", 7), ("bpe", 1)])
def test_the_first_symbol_stands_for_characters_of_the_text(kind, length):
    made = Tokenizer.learn(kind, ["ab ab\n"], 256 if kind == "bpe" else 0)
    assert made.first_length("snowmen ab") == length
    assert made.first_length("") == 0


def test_many_texts_have_the_numbers_that_each_has_alone(tokenizer, monkeypatch):
    texts = [*TEXT.split("\n"), TEXT, "", "a \ud800 b", "word " * 50]
    monkeypatch.setattr("recurra.data.text.tokenizers._AT_ONCE", 40)
    together = tokenizer.encode_all(iter(texts))
    assert [numbers.tolist() for numbers in together] == [tokenizer.encode(text).tolist() for text in texts]
    assert all(numbers.dtype == np.int64 for numbers in together)


def test_texts_are_grouped_by_their_length():
    assert list(grouped(["abc", "d", "efghij", "", "k"], 4)) == [["abc", "d"], ["efghij"], ["", "k"]]
    assert list(grouped([], 4)) == []
