import hashlib
import json
import os
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.text import corpus
from recurra.data.text.corpus import cache_folder, fingerprint, tokenize
from recurra.data.text.tokenizers import Tokenizer


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "recurra" / "tokens"


def _tokenize(pieces, tokenizer) -> corpus.Corpus:
    return tokenize(iter(pieces), tokenizer, fingerprint(pieces))


@pytest.mark.parametrize(("symbols", "dtype", "size"), [(256, "<u1", 1), (257, "<u2", 2), (65537, "<u4", 4)])
def test_numbers_take_no_more_bytes_than_the_vocabulary_needs(symbols, dtype, size):
    text = "".join(map(chr, range(0x10000, 0x10000 + symbols - 1)))  # <unk> is one more symbol
    made = _tokenize([text], Tokenizer.learn("char", [text]))
    assert (made.dtype, made.path.stat().st_size) == (dtype, size * len(text))
    assert made.numbers().tolist() == list(range(1, symbols))


def test_numbers_are_mapped_not_read():
    made = _tokenize(["abc"], Tokenizer.learn("char", ["abc"]))
    assert isinstance(made.numbers(), np.memmap)
    assert not made.numbers().flags.writeable
    assert len(made) == 3


@pytest.mark.parametrize("kind", ["char", "word", "bpe"])
def test_the_file_holds_what_the_tokenizer_gives(kind):
    pieces = ["ein kleiner Hund\n", "und noch ein Hund\n", "über 中文"]
    tokenizer = Tokenizer.learn(kind, pieces)
    made = _tokenize(pieces, tokenizer)
    assert np.array_equal(made.numbers(), tokenizer.encode("".join(pieces)))
    assert (made.characters, made.unknown) == (len("".join(pieces)), 0)


def test_unknown_symbols_are_counted():
    assert _tokenize(["aXbY"], Tokenizer.learn("char", ["ab"])).unknown == 2
    assert _tokenize(["a <unk> c a"], Tokenizer.learn("word", ["a b"])).unknown == 2
    assert _tokenize(["中文"], Tokenizer.learn("bpe", ["ab"])).unknown == 0


def test_a_text_is_encoded_once(monkeypatch, cache):
    tokenizer = Tokenizer.learn("char", ["abc"])
    first = _tokenize(["abc"], tokenizer)

    def again(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(Tokenizer, "encode", again)
    assert tokenize(again, tokenizer, fingerprint(["abc"])) == first  # nor are the pieces asked for
    assert len(list(cache.iterdir())) == 2


def test_another_text_or_tokenizer_has_an_entry_of_its_own():
    one = _tokenize(["abcabc"], Tokenizer.learn("char", ["abc"]))
    other_text = _tokenize(["abcab"], Tokenizer.learn("char", ["abc"]))
    other_symbols = _tokenize(["abcabc"], Tokenizer.learn("char", ["abcd"]))
    assert len({one.path, other_text.path, other_symbols.path}) == 3
    assert (len(one), len(other_text)) == (6, 5)


@pytest.mark.parametrize("broken", ["", "{", "[]", "3", "{}", '{"tokens": 3}', "wrong size", "gone", "\xff"])
def test_a_broken_entry_is_made_anew(broken):
    tokenizer = Tokenizer.learn("char", ["abc"])
    first = _tokenize(["abc"], tokenizer)
    about = first.path.with_suffix(".json")
    facts = about.read_text()
    if broken == "wrong size":
        first.path.write_bytes(b"ab")
    elif broken == "gone":
        first.path.unlink()
    else:
        about.write_bytes(broken.encode("latin-1"))
    assert _tokenize(["abc"], tokenizer) == first
    assert first.numbers().tolist() == [1, 2, 3]
    assert about.read_text() == facts


def test_an_entry_with_foreign_facts_is_made_anew():
    tokenizer = Tokenizer.learn("char", ["abc"])
    first = _tokenize(["abc"], tokenizer)
    about = first.path.with_suffix(".json")
    about.write_text(json.dumps(json.loads(about.read_text()) | {"of a later version": 1}))
    assert _tokenize(["abc"], tokenizer) == first


@pytest.mark.parametrize("text", ["", "a"])
def test_a_text_too_short_is_refused_and_not_kept(text, cache):
    tokenizer = Tokenizer.learn("char", ["abc"])
    for _ in range(2):
        with pytest.raises(DataError, match=f"expected a text of at least 2 symbols, got {len(text)}"):
            _tokenize([text], tokenizer)
    assert list(cache.iterdir()) == []


def test_an_encoding_that_is_interrupted_leaves_nothing(cache):
    def pieces():
        yield "ab"
        raise KeyboardInterrupt

    tokenizer = Tokenizer.learn("char", ["abc"])
    with pytest.raises(KeyboardInterrupt):
        tokenize(pieces(), tokenizer, "print")
    assert list(cache.iterdir()) == []


@given(st.lists(st.text()))
def test_a_fingerprint_is_the_sha256_of_the_text_however_divided(pieces):
    assert fingerprint(pieces) == hashlib.sha256("".join(pieces).encode()).hexdigest()


def test_the_cache_is_where_the_user_keeps_caches(tmp_path, monkeypatch):
    assert cache_folder() == tmp_path / "recurra"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / "home" / ".cache" / "recurra"


def test_the_characters_of_the_first_symbol_are_counted_as_they_stand():
    made = _tokenize(["☃ snow"], Tokenizer.learn("char", [" snow"]))
    assert (made.characters, made.first_characters, made.unknown, made.unknown_symbols) == (6, 1, 1, ("☃",))
    assert _tokenize(["strangers\n"], Tokenizer.learn("word", ["a b\n"])).first_characters == 9


def test_an_entry_of_another_sum_is_made_anew():
    tokenizer = Tokenizer.learn("char", ["abc"])
    first = _tokenize(["abcabc"], tokenizer)
    first.path.write_bytes(b"\1\1\1\1\1\1")
    assert _tokenize(["abcabc"], tokenizer).numbers().tolist() == [1, 2, 3, 1, 2, 3]
    about = first.path.with_suffix(".json")
    about.write_text(about.read_text().replace("6", "5"))
    assert _tokenize(["abcabc"], tokenizer) == first


def test_a_removed_file_is_still_read(cache):
    made = _tokenize(["abc"], Tokenizer.learn("char", ["abc"]))
    shutil.rmtree(cache)
    assert made.numbers().tolist() == [1, 2, 3]


@pytest.mark.parametrize("broken", ["a file", "nowhere"])
def test_a_cache_that_cannot_be_written_is_done_without(broken, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file") if broken == "a file" else "/proc/nowhere")
    made = _tokenize(["abc"], Tokenizer.learn("char", ["abc"]))
    assert (made.path, made.numbers().tolist()) == (None, [1, 2, 3])


def test_a_text_that_is_not_to_be_kept_leaves_nothing(cache):
    made = tokenize(iter(["abc"]), Tokenizer.learn("char", ["abc"]), "", keep=False)
    assert made.numbers().tolist() == [1, 2, 3]
    assert not cache.exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_is_named(monkeypatch):
    monkeypatch.setattr(corpus.tempfile, "TemporaryFile", lambda: open("/dev/full", "wb"))  # noqa: SIM115
    with pytest.raises(DataError, match=r".*: expected room for the numbers of a text, got: No space left on device"):
        tokenize(iter(["abc"]), Tokenizer.learn("char", ["abc"]), "", keep=False)


def test_the_least_recently_used_go_when_there_is_no_room(cache, monkeypatch):
    tokenizer = Tokenizer.learn("char", ["ab"])
    one, two = (_tokenize([text], tokenizer) for text in ("a" * 100, "b" * 100))
    os.utime(one.path.with_suffix(".json"), (1, 1))
    os.utime(one.path, (1, 1))
    size = sum(path.stat().st_size for path in cache.iterdir())
    monkeypatch.setenv("RECURRA_CACHE_SIZE", str(size + 50))
    three = _tokenize(["ab" * 50], tokenizer)
    assert {path.stem for path in cache.iterdir()} == {two.path.stem, three.path.stem}
    assert one.numbers().tolist() == [1] * 100  # who has it open keeps it
    assert _tokenize(["b" * 100], tokenizer) == two
    assert two.path.with_suffix(".json").stat().st_mtime >= three.path.with_suffix(".json").stat().st_mtime
    monkeypatch.setenv("RECURRA_CACHE_SIZE", "0")
    assert _tokenize(["abab"], tokenizer).numbers().tolist() == [1, 2, 1, 2]
    assert list(cache.iterdir()) == []
