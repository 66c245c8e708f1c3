import os

import pytest

from recurra import DataError
from recurra.data.files.regular_file import read_bytes, read_json


def test_a_file_is_read_whole(tmp_path):
    (tmp_path / "f").write_text('{"a": [1, 2.5, "ü"]}', encoding="utf-8")
    assert read_json(tmp_path / "f", "labels") == {"a": [1, 2.5, "ü"]}
    assert read_bytes(tmp_path / "f", "labels", limit=100).startswith(b"{")


@pytest.mark.parametrize(
    "content",
    [b"{", b"", b"\xff", b"[" * 100_000, b'{"a": NaN}', b'{"a": -Infinity}', b"9" * 10_000],
    ids=["cut", "empty", "no UTF-8", "deep", "NaN", "infinity", "huge"],
)
def test_what_is_no_json_is_named_in_one_line(content, tmp_path):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(DataError, match=r"f: expected labels, got") as error:
        read_json(tmp_path / "f", "labels")
    assert "\n" not in str(error.value)


def test_more_than_the_limit_is_refused_before_it_is_read(tmp_path):
    (tmp_path / "f").touch()
    os.truncate(tmp_path / "f", 10 << 30)
    with pytest.raises(DataError, match=r"f: expected labels of at most 268,435,456 bytes, got 10,737,418,240"):
        read_json(tmp_path / "f", "labels")


def test_pipes_folders_and_names_that_are_none_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe: expected labels, got a pipe"):
        read_json(tmp_path / "pipe", "labels")
    with pytest.raises(DataError, match="expected labels, got a folder"):
        read_json(tmp_path, "labels")
    with pytest.raises(DataError, match="expected labels, found nothing there"):
        read_json(tmp_path / "none", "labels")
    with pytest.raises(DataError, match="expected labels, got"):
        read_json(tmp_path / "a\0b", "labels")
