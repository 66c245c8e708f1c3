import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.files import lines
from recurra.data.text import text_files as text
from recurra.data.text.text_files import Text, read_pieces

SCRIPTS = "Ünïcödé Ελληνικά русский עברית العربية हिन्दी 中文 日本語 한국어 e\u0301 👩‍👩‍👧\r\nsecond\u2028line\x0b\n"


TEXTS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60
)  # many zeros are refused


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(lines, "BLOCK", 8)
    monkeypatch.setattr(text, "_PIECE", 8)
    monkeypatch.setattr(text, "_WORD", 16)


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "text.txt"
    path.write_bytes(content)
    return path


def _read(path: Path) -> str:
    return "".join(read_pieces([path]))


def test_every_script_and_line_end_is_read_as_it_stands(tmp_path):
    assert _read(_file(tmp_path, SCRIPTS.encode())) == SCRIPTS


def test_a_byte_order_mark_is_left_out_at_the_start_only(tmp_path):
    assert _read(_file(tmp_path, b"\xef\xbb\xbfa\xef\xbb\xbfb")) == "a\ufeffb"
    assert _read(_file(tmp_path, b"\xef\xbb\xbf")) == ""


def test_files_follow_one_another(tmp_path):
    (tmp_path / "a").write_text("1\n")
    (tmp_path / "b").write_text("2")
    assert "".join(read_pieces([tmp_path / "b", tmp_path / "a"])) == "21\n"


def test_an_empty_file_has_no_text(tmp_path):
    assert _read(_file(tmp_path, b"")) == ""


def test_pieces_are_whole_lines_whatever_the_block(tmp_path, small_blocks):
    pieces = list(read_pieces([_file(tmp_path, b"one\ntwo\nthree\nfour\nfive")]))
    assert len(pieces) > 2
    assert all(piece.endswith("\n") for piece in pieces[:-1])
    assert "".join(pieces) == "one\ntwo\nthree\nfour\nfive"


def test_a_line_longer_than_a_piece_is_divided_before_white_space(tmp_path, small_blocks):
    long = "one two  three\tfour\u3000five sixteen letters 中文中文中文中文中文"
    pieces = list(read_pieces([_file(tmp_path, long.encode())]))
    assert "".join(pieces) == long
    assert len(pieces) > 5
    assert [word for piece in pieces for word in piece.split()] == long.split()


def test_a_run_without_white_space_is_whole_up_to_a_bound(tmp_path, small_blocks):
    long = "a中é👧" * 50
    pieces = list(read_pieces([_file(tmp_path, b"x " + long.encode())]))
    assert "".join(pieces) == "x " + long
    assert {len(piece) for piece in pieces[1:-1]} == {16}


@given(TEXTS, st.integers(1, 9), st.integers(1, 9))
def test_the_block_size_never_matters(tmp_path_factory, content, block, piece):
    path = _file(tmp_path_factory.getbasetemp(), content.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", block)
        patch.setattr(text, "_PIECE", piece)
        assert _read(path) == content.removeprefix("\ufeff")


@given(st.text("ab 中\t\r\n", max_size=60), st.integers(0, 60), st.integers(1, 9), st.integers(1, 9))
def test_pieces_do_not_depend_on_where_a_file_ends(tmp_path_factory, content, cut, block, piece):
    folder = tmp_path_factory.getbasetemp()
    parts = [folder / "first", folder / "second"]
    for path, part in zip(parts, (content[:cut], content[cut:]), strict=True):
        path.write_bytes(part.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", block)
        patch.setattr(text, "_PIECE", piece)
        assert list(read_pieces(parts)) == list(read_pieces([_file(folder, content.encode())]))


@given(st.text("ab  中\t\n", max_size=60), st.integers(1, 9))
def test_pieces_cut_no_word(tmp_path_factory, content, piece):
    path = _file(tmp_path_factory.getbasetemp(), content.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_PIECE", piece)
        assert [word for part in read_pieces([path]) for word in part.split()] == content.split()


@pytest.mark.parametrize(
    ("content", "line", "byte", "column"),
    [
        (b"abc\xff\n", 1, "ff", 4),
        (b"\xffabc", 1, "ff", 1),
        ("éé\n中".encode() + b"\xc0\n", 2, "c0", 4),
        (b"one\r\ntwo\n\nfour \x80", 4, "80", 6),
        (b"latin \xe9t\xe9\n", 1, "e9", 7),
        (b"surrogate \xed\xa0\x80\n", 1, "ed", 11),
        (b"cut short: \xe4\xb8", 1, "e4", 12),
        (b"\xef\xbb\xbfafter a mark \xff", 1, "ff", 14),
        (b"\xff\xfeU\x00T\x00F\x00", 1, "ff", 1),
    ],
    ids=str,
)
@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_a_byte_that_is_not_utf8_is_reported_with_its_place(tmp_path, monkeypatch, block, content, line, byte, column):
    monkeypatch.setattr(lines, "BLOCK", block)
    path = _file(tmp_path, content)
    with pytest.raises(DataError) as caught:
        _read(path)
    expected = f"{path}:{line}: expected UTF-8 text, got byte 0x{byte} at byte {column} of the line; "
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize("place", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("line_length", [1 << 30, 1000])
def test_the_place_is_right_around_the_end_of_a_block(tmp_path, place, line_length):
    at = (1 << 20) + place
    content = bytearray(b"x" * (at + 50))
    content[line_length - 1 :: line_length] = b"\n" * len(content[line_length - 1 :: line_length])
    content[at] = 0xFF
    path = _file(tmp_path, bytes(content))
    line, column = at // line_length + 1, at % line_length + 1
    with pytest.raises(DataError, match=rf":{line}: expected UTF-8 text, got byte 0xff at byte {column} of the line"):
        _read(path)


@pytest.mark.parametrize("before", range(4))
def test_a_character_across_the_end_of_a_block_is_whole(tmp_path, before):
    content = "x" * ((1 << 20) - before) + "👧 and on"
    assert _read(_file(tmp_path, content.encode())) == content


def test_what_is_not_a_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.txt: expected a text file, found nothing there"):
        _read(tmp_path / "nothing.txt")
    with pytest.raises(DataError, match="expected a text file, got a folder"):
        _read(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_named(tmp_path):
    path = _file(tmp_path, b"secret")
    path.chmod(0)
    with pytest.raises(DataError, match=r"text\.txt: expected a readable text file, got: Permission denied"):
        _read(path)


@pytest.mark.parametrize("method", ["exists", "open"])
def test_a_refusal_of_the_system_is_named(tmp_path, monkeypatch, method):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = _file(tmp_path, b"secret")
    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(DataError, match=r"text\.txt: expected a readable text file, got: Permission denied"):
        _read(path)


@given(TEXTS, st.lists(st.floats(0, 1), max_size=3), st.integers(1, 9), st.booleans())
def test_parts_of_a_text_make_up_the_text(tmp_path_factory, content, fractions, piece, exact):
    path = _file(tmp_path_factory.getbasetemp(), content.encode())
    cuts = [0.0, *sorted(fractions), 1.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_PIECE", piece)
        parts = [Text((path,), a, b, exact) for a, b in pairwise(cuts)]
        assert "".join(piece for part in parts for piece in part.pieces()) == content.removeprefix("\ufeff")


@given(TEXTS, st.floats(0, 0.99), st.floats(0, 0.99))
def test_a_split_loses_and_repeats_nothing(tmp_path_factory, content, fraction, again):
    path = _file(tmp_path_factory.getbasetemp(), content.encode())
    first, last = Text((path,)).split(fraction)
    middle, end = last.split(again)
    assert "".join(piece for part in (first, middle, end) for piece in part.pieces()) == content.removeprefix("\ufeff")


@given(st.text("ab 中\t\n", max_size=60), st.floats(0, 0.99))
def test_a_split_cuts_no_word(tmp_path_factory, content, fraction):
    path = _file(tmp_path_factory.getbasetemp(), content.encode())
    parts = Text((path,)).split(fraction)
    words = [word for part in parts for word in "".join(part.pieces()).split()]
    assert words == content.split() or len(content.split()) == 1


def test_a_split_cuts_at_a_line_end_near_the_share(tmp_path):
    content = "a line of text, and some more of it\n" * 100
    first, last = ("".join(part.pieces()) for part in Text((_file(tmp_path, content.encode()),)).split(0.315))
    assert (first + last, len(first)) == (content, 36 * 68)
    one_line = "a line of text, and some more of it " * 100
    first, last = ("".join(part.pieces()) for part in Text((_file(tmp_path, one_line.encode()),)).split(0.315))
    assert (first[-6:], last[:8]) == ("text, ", "and some")


def test_a_split_cuts_at_a_share_of_the_characters_of_all_files(tmp_path):
    (tmp_path / "a").write_text("é" * 30)
    (tmp_path / "b").write_text("x" * 70)
    first, last = Text((tmp_path / "a", tmp_path / "b")).split(0.75)
    assert "".join(first.pieces()) == "é" * 25
    assert "".join(last.pieces()) == "é" * 5 + "x" * 70
    assert "".join(last.split(0.2)[1].pieces()) == "x" * 15


def test_an_exact_cut_is_at_the_very_character(tmp_path):
    path = _file(tmp_path, b"one two\n" * 10)
    assert "".join(Text((path,), stop=0.9, exact=True).pieces()) == "one two\n" * 9
    assert "".join(Text((path,), start=0.95, exact=True).pieces()) == "two\n"


def test_a_pipe_is_refused_where_a_text_is_read_again(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe: expected a file that can be read again, got a pipe or a device"):
        _read(tmp_path / "pipe")
