"""What is said of bytes that are not UTF-8, and what they look like."""

import gzip

import pytest

from recurra import DataError
from recurra.data.files.encoding import decode_blocks

GERMAN = "Das Mädchen aß süße Äpfel, und der Bär schläft.\n" * 3
RUSSIAN = "Мы читаем книги каждый день.\n" * 3


def _error(content: bytes, size: int = 1 << 20) -> str:
    with pytest.raises(DataError) as caught:
        list(decode_blocks([content[i : i + size] for i in range(0, len(content), size)], "a.txt"))
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "looks_like"),
    [
        (GERMAN.encode("latin-1"), "latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > TEXT"),
        (GERMAN.encode("utf-16"), "UTF-16: iconv -f UTF-16 -t UTF-8 FILE > TEXT"),
        (GERMAN.encode("utf-16-le"), "UTF-16: iconv -f UTF-16LE -t UTF-8 FILE > TEXT"),
        (GERMAN.encode("utf-16-be"), "UTF-16: iconv -f UTF-16BE -t UTF-8 FILE > TEXT"),
        (RUSSIAN.encode("utf-16-le"), "UTF-16: iconv -f UTF-16LE -t UTF-8 FILE > TEXT"),
        (GERMAN.encode("utf-32"), "UTF-32: iconv -f UTF-32 -t UTF-8 FILE > TEXT"),
        (gzip.compress(GERMAN.encode(), mtime=0), "gzip: gunzip -c FILE > TEXT"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(range(256)), "a zip archive"),
        (RUSSIAN.encode("cp1251"), "another encoding, say ENCODING: iconv -f ENCODING -t UTF-8 FILE > TEXT"),
        ("机器学习很有意思。".encode("gb18030"), "another encoding"),
    ],
    ids=["latin-1", "utf-16", "utf-16-le", "utf-16-be", "russian-utf-16", "utf-32", "gzip", "zip", "cp1251", "gb18030"],
)
def test_an_error_says_what_a_file_looks_like(content, looks_like):
    assert f"it looks like {looks_like}" in _error(content)
    assert "\n" not in _error(content)


def test_one_broken_byte_among_good_ones_is_no_other_encoding():
    content = GERMAN.encode()[:60] + b"\xff" + GERMAN.encode()[60:]
    message = _error(content)
    assert message.startswith("a.txt:2: expected UTF-8 text, got byte 0xff at byte ")
    assert message.endswith("; the other characters are UTF-8, so this one is broken")


@pytest.mark.parametrize("size", [5, 1 << 20])
def test_many_zeros_are_no_text(size):
    assert _error(b"a\nb\n" + bytes(50), size).startswith("a.txt:3: expected text, got ")
    assert "".join(decode_blocks([b"one zero: \0, and on\n"], "a.txt")) == "one zero: \0, and on\n"


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_mark_in_several_blocks_is_left_out(size):
    content = "\ufeffé\ufeff".encode()
    blocks = [content[i : i + size] for i in range(0, len(content), size)]
    assert "".join(decode_blocks(blocks, "a.txt")) == "é\ufeff"
    assert "".join(decode_blocks([b"\xef\xbb"[:0], b"ab"], "a.txt")) == "ab"


def test_a_text_shorter_than_a_mark_is_text():
    assert "".join(decode_blocks([b"a"], "a.txt")) == "a"
    assert "".join(decode_blocks([], "a.txt")) == ""
    assert _error(b"\xef\xbb").startswith("a.txt:1: expected UTF-8 text, got byte 0xef at byte 1 of the line")
