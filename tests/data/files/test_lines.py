"""Lines of files and of streams, read alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.files import lines
from recurra.data.files.lines import grouped_lines, is_blank, numbered_lines


def _lines(blocks: list[bytes]) -> list[str]:
    """All lines, whose numbers must follow one another."""
    made = []
    for number, group in grouped_lines(blocks, "here"):
        assert number == len(made) + 1
        made += group
    return made


def test_numbered_lines_end_at_line_ends_only(tmp_path, monkeypatch):
    path = tmp_path / "lines.txt"
    path.write_bytes("one\r\n\n two\u2028three\n".encode() + b"x" * 50 + b"\nlast")
    expected = [(1, "one"), (3, " two\u2028three"), (4, "x" * 50), (5, "last")]
    assert list(numbered_lines(path)) == expected
    monkeypatch.setattr(lines, "BLOCK", 7)  # a line in several blocks is still one
    assert list(numbered_lines(path)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\n\n", ["a", ""]),
        (b"a\n  ", ["a", "  "]),  # spaces without a line end are a line
        (b"\xef\xbb\xbfa\n", ["a"]),
        (b"\xef\xbb\xbf", []),
        (b"a\r\nb\r\r\nc\n\r\n\rd\r", ["a", "b\r", "c", "", "\rd"]),
        ("\xa0\n\u3000\n".encode(), ["\xa0", "\u3000"]),
    ],
)
@pytest.mark.parametrize("size", [*range(1, 10), 100])
def test_lines_are_the_same_however_they_come(content, expected, size, tmp_path, monkeypatch):
    assert _lines([content[i : i + size] for i in range(0, len(content), size)]) == expected
    (tmp_path / "file").write_bytes(content)
    monkeypatch.setattr(lines, "BLOCK", size)
    assert [line for _, line in numbered_lines(tmp_path / "file", empty=True)] == expected


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))), st.integers(1, 9))
def test_any_lines_come_back(texts, size):
    content = "".join(f"{text}\n" for text in texts).encode()
    expected = [text.removeprefix("\ufeff") if i == 0 else text for i, text in enumerate(texts)]
    assert _lines([content[i : i + size] for i in range(0, len(content), size)]) == expected


def test_lines_before_a_wrong_byte_are_given_first():
    groups = grouped_lines([b"one\ntwo\na\xffb\nfour\n"], "here")
    assert next(groups) == (1, ["one", "two"])
    with pytest.raises(DataError, match="here:3: expected UTF-8 text, got byte 0xff at byte 2 of the line"):
        next(groups)


def test_a_line_of_no_break_spaces_says_something(tmp_path):
    assert [is_blank(line) for line in ("", " \t", "\xa0", "\u3000", "a")] == [True, True, False, False, False]
    (tmp_path / "file").write_text("a\n\xa0\n \t\n", encoding="utf-8")
    assert list(numbered_lines(tmp_path / "file")) == [(1, "a"), (2, "\xa0")]
