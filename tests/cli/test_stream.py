"""Lines of files and of standard input, some at a time."""

import itertools

import pytest

from recurra import DataError
from recurra.cli import stream


@pytest.fixture
def both(tmp_path, standard_input):
    """A function that gives the lines of a content, from a file and from standard input."""

    def read(content: bytes) -> tuple[list, list]:
        (tmp_path / "file").write_bytes(content)
        standard_input(content)
        return list(stream.lines(str(tmp_path / "file"))), list(stream.lines())

    return read


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"a\nb", ["a", "b"]),
        (b"\xef\xbb\xbfa\r\n\n  ", ["a", "", "  "]),
        ("a\u2028b\x0bc\x85\n\xa0\n".encode(), ["a\u2028b\x0bc\x85", "\xa0"]),
    ],
)
def test_a_file_and_standard_input_have_the_same_lines(content, expected, both):
    of_file, of_standard_input = both(content)
    assert of_file == of_standard_input
    assert [line for _, lines in of_file for line in lines] == expected


def test_a_large_file_comes_in_groups(both):
    content = "".join(f"{i}\n" for i in range(50_000)).encode()
    of_file, of_standard_input = both(content)
    for groups in (of_file, of_standard_input):
        assert len(groups) > 3
        firsts = list(itertools.accumulate((len(lines) for _, lines in groups), initial=1))
        assert [first for first, _ in groups] == firsts[:-1]
        assert [line for _, lines in groups for line in lines] == [str(i) for i in range(50_000)]


def test_lines_before_a_wrong_byte_come_first(tmp_path, standard_input):
    (tmp_path / "file").write_bytes(b"a\nb\xff\n")
    standard_input(b"a\nb\xff\n")
    for name, file in (("file", str(tmp_path / "file")), ("standard input", "-")):
        groups = stream.lines(file)
        assert next(groups) == (1, ["a"])
        with pytest.raises(DataError, match=f"{name}:2: expected UTF-8 text, got byte 0xff at byte 2 of the line"):
            next(groups)


def test_what_is_not_there_is_said_before_any_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    stream.require_files(["-", str(tmp_path / "file")])
    with pytest.raises(DataError, match="nowhere: expected a text file, found nothing there"):
        stream.require_files([str(tmp_path / "file"), "nowhere"])
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(DataError, match="standard input: expected text, got a closed stream"):
        list(stream.lines())
