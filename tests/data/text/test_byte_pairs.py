import json

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from recurra.data.text import byte_pairs
from recurra.data.text.tokenizers import Tokenizer

TEXT = (
    "It was the best of times,\tit was the worst of times.\r\n"
    "  Das Mädchen aß;   ein\u00a0Ökonom\n\n"
    "机器学习很有意思。 e\u0301tude 👩‍👩‍👧 नमस्ते \u2028 x\x0by\x1cz\x00\n"
    "<unk> is a word of some corpora"
)


@pytest.fixture(scope="module")
def bpe() -> Tokenizer:
    return Tokenizer.learn("bpe", [TEXT], 300)


@given(st.text())
def test_any_unicode_comes_back_from_byte_pairs_learnt_elsewhere(bpe, text):
    assert bpe.decode(bpe.encode(text)) == text


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


def test_byte_pairs_join_what_is_frequent_and_know_every_byte(bpe):
    assert bpe.unknown is None
    assert len(bpe) == 300
    frequent = Tokenizer.learn("bpe", ["abab abab abab\n"] * 9, 260)
    assert len(frequent.encode("abab abab")) < len("abab abab")
    assert len(Tokenizer.learn("bpe", [TEXT], 256)) == 256
    assert Tokenizer.learn("bpe", [TEXT], 256).encode("中").size == 3


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


def test_a_space_of_several_bytes_is_no_word():
    bytes_alone = Tokenizer.learn("bpe", ["a"], 256)
    assert bytes_alone.words_of(bytes_alone.encode("\u3000中 b").tolist()) == [-1, -1, -1, 0, 0, 0, -1, 1]


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
    monkeypatch.setattr("recurra.data.text.tokenizers._AT_ONCE", 100)
    divided = made.encode(text).tolist()
    assert made.decode(divided) == text
    assert len(whole) <= len(divided) <= 2 * len(whole)


@given(st.lists(st.integers(0, 299), max_size=12), st.integers(0, 12))
def test_a_stream_goes_on_from_the_last_three_symbols_of_another(bpe, numbers, cut):
    before, after = numbers[:cut], numbers[cut:]
    first, second = bpe.decode_stream(), bpe.decode_stream(symbols=before[-3:])
    parts = [*map(first, before), *map(second, after), second(None)]
    assert "".join(parts) == bpe.decode(numbers)
