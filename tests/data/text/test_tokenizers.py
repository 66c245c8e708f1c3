import json
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.text import byte_pairs
from recurra.data.text.tokenizers import KINDS, UNKNOWN, Tokenizer

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
def test_any_unicode_comes_back_from_characters(text):
    tokenizer = Tokenizer.learn("char", [text + "a"])
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text())
def test_any_unicode_comes_back_from_byte_pairs_learnt_elsewhere(bpe, text):
    assert bpe.decode(bpe.encode(text)) == text


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


@given(st.text(), st.lists(st.integers(0, 40), max_size=4))
def test_characters_may_be_divided_anywhere(text, cuts):
    tokenizer = Tokenizer.learn("char", [TEXT])
    encoded = [number for piece in _divide(text, cuts) for number in tokenizer.encode(piece)]
    assert encoded == tokenizer.encode(text).tolist()


def test_byte_pairs_learnt_elsewhere_join_nothing_across_lines():
    # as GPT-2 does, where the numbers then depend on the division
    inner = Tokenizer.learn("bpe", ["a"], 256).inner
    theirs = json.loads(inner.to_str())
    theirs["model"]["merges"] = [["Ċ", "Ċ"]]
    theirs["model"]["vocab"]["ĊĊ"] = 256
    tokenizer = Tokenizer(tokenizers.Tokenizer.from_str(json.dumps(theirs)))
    assert len(tokenizer.inner.encode("a\n\n").ids) == 2
    assert tokenizer.encode("a\n\n").tolist() == [*tokenizer.encode("a\n"), *tokenizer.encode("\n")]
    assert len(tokenizer.encode("a\n\n")) == 3


def test_half_a_surrogate_pair_is_an_unknown_character():
    assert Tokenizer.learn("char", ["ab"]).encode("a\udcffb").tolist() == [1, 0, 2]


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


def test_characters_are_all_kept_in_their_own_order():
    tokenizer = Tokenizer.learn("char", ["ba\n", "中a"])
    assert tokenizer.symbols == [UNKNOWN, "\n", "a", "b", "中"]
    assert tokenizer.encode("ab?").tolist() == [2, 3, 0]


def test_the_most_frequent_words_are_kept_ties_in_alphabetical_order():
    tokenizer = Tokenizer.learn("word", ["d b b c\n", "a c b\n", "e c"], 6)
    assert tokenizer.symbols == [UNKNOWN, "b", "c", "\n", "a", "d"]
    assert tokenizer.encode("e a\nb E").tolist() == [0, 4, 3, 1, 0]
    assert tokenizer.decode([1, 0, 3, 2]) == "b <unk>\nc"


def test_the_most_frequent_characters_are_kept_ties_in_alphabetical_order():
    assert Tokenizer.learn("char", ["dccaaab"], 4).symbols == [UNKNOWN, "a", "b", "c"]


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


def test_byte_pairs_join_what_is_frequent_and_know_every_byte(bpe):
    assert bpe.unknown is None
    assert len(bpe) == 300
    frequent = Tokenizer.learn("bpe", ["abab abab abab\n"] * 9, 260)
    assert len(frequent.encode("abab abab")) < len("abab abab")
    assert len(Tokenizer.learn("bpe", [TEXT], 256)) == 256
    assert Tokenizer.learn("bpe", [TEXT], 256).encode("中").size == 3


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


def test_an_unfinished_character_is_held_back(bpe):
    bytes_alone = Tokenizer.learn("bpe", [TEXT], 256)
    push = bytes_alone.decode_stream()
    pushed = [push(int(number)) for number in bytes_alone.encode("aé中👧")]
    assert pushed == ["a", "", "é", "", "", "中", "", "", "", "👧"]
    assert push(None) == ""
    unfinished = bytes_alone.encode("中")[:2]
    assert [push(int(number)) for number in unfinished] == ["", ""]
    assert push(None) == "\ufffd"
    assert push(int(bytes_alone.encode("b")[0])) == "b", "what was flushed is forgotten"


@given(st.lists(st.integers(0, 299)))
def test_any_byte_pairs_decode_as_their_bytes_do(bpe, numbers):
    # the reference: every byte's own symbol, found by encoding with no merges
    alphabet = {bpe.inner.encode(chr(i)).tokens[0]: i for i in range(128)}
    others = [character for character in bpe.symbols if len(character) == 1 and character not in alphabet]
    alphabet |= dict(zip(sorted(others), [*range(161, 173), *range(174, 256), *range(128, 161), 173], strict=True))
    everything = b"".join(bytes(alphabet[character] for character in bpe.symbols[number]) for number in numbers)
    assert bpe.decode(numbers) == everything.decode("utf-8", "replace")


def test_a_character_after_a_broken_one_is_whole():
    bytes_alone = Tokenizer.learn("bpe", [TEXT], 256)
    first, rest = bytes_alone.encode("中")[:1], bytes_alone.encode("ab中")
    assert bytes_alone.decode([*first, *rest]) == "\ufffdab中"


def test_words_in_a_stream_have_one_space_between_them():
    tokenizer = Tokenizer.learn("word", ["a b\nc"])
    push = tokenizer.decode_stream()
    assert [push(int(number)) for number in tokenizer.encode("a b\n\nc a")] == ["a", " b", "\n", "\n", "c", " a"]


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


def test_a_space_of_several_bytes_is_no_word():
    bytes_alone = Tokenizer.learn("bpe", ["a"], 256)
    assert bytes_alone.words_of(bytes_alone.encode("\u3000中 b").tolist()) == [-1, -1, -1, 0, 0, 0, -1, 1]


def test_unknown_white_space_is_white_space():
    made = Tokenizer.learn("char", ["ab"])
    assert made.words_of(made.encode("\u3000a\u3000b").tolist(), "\u3000a\u3000b") == [-1, 0, -1, 1]


@pytest.mark.parametrize(
    ("after", "text"), [("", "a b"), ("a", " a b"), ("a ", "a b"), ("a\n", "a b"), ("a\xa0", "a b")]
)
def test_words_go_on_from_a_text_with_one_space(after, text):
    made = Tokenizer.learn("word", ["a b\n"])
    push = made.decode_stream(after)
    assert "".join(push(int(number)) for number in made.encode("a b")) == text


def test_half_a_surrogate_pair_is_an_unknown_character_of_every_kind():
    for kind in KINDS:
        made = Tokenizer.learn(kind, ["a \ud800b\n"])
        assert made.decode(made.encode("a \udcffb")) in ("a \ufffdb", "a <unk>b")


@pytest.mark.parametrize("text", ["ACGT" * 300, "ab " * 50 + "ACGT" * 300 + " ab\n" + "é" * 500])
def test_a_long_run_is_divided_before_byte_pairs_are_learnt(text, monkeypatch):
    lines = list(byte_pairs.lines_of(text, 128))
    assert "".join(lines) == text
    assert max(max(map(len, line.split())) for line in lines) <= 128
    assert list(byte_pairs.lines_of("a bc\nd", 2)) == ["a bc\n", "d"]
    made = Tokenizer.learn("bpe", [text], 270)
    whole = made.encode(text).tolist()
    assert made.decode(whole) == text
    monkeypatch.setattr(byte_pairs, "ENCODED_RUN", 64)
    monkeypatch.setattr(byte_pairs, "_GROUP", 100)
    divided = made.encode(text).tolist()
    assert made.decode(divided) == text
    assert len(whole) <= len(divided) <= 2 * len(whole)


def test_what_is_unknown_is_listed_as_it_stands():
    assert [Tokenizer.learn("char", ["ab"]).unknown_of("axbyx", np.asarray([1, 0, 2, 0, 0]))] == [["x", "y"]]
    made = Tokenizer.learn("word", ["a b"])
    assert made.unknown_of("a new b word new", made.encode("a new b word new")) == ["new", "word"]


@pytest.mark.parametrize(("kind", "length"), [("char", 1), ("word", 7), ("bpe", 1)])
def test_the_first_symbol_stands_for_characters_of_the_text(kind, length):
    made = Tokenizer.learn(kind, ["ab ab\n"], 256 if kind == "bpe" else 0)
    assert made.first_length("snowmen ab") == length
    assert made.first_length("") == 0
