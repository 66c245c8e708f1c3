import errno
import os
import stat

import pytest

from recurra.data.files import atomic
from recurra.errors import DataError


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "file.txt"
    atomic.write_text(path, "中文\n")
    assert path.read_bytes() == "中文\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_content_stands_until_the_block_ends(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with atomic.replacing(path) as aside:
        assert aside.parent == path.parent  # a rename between file systems would not be atomic
        aside.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_block_that_raises_changes_and_leaves_nothing(tmp_path, error):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write_half():
        with atomic.replacing(path) as aside:
            aside.write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_writes_nothing_is_an_error_and_changes_nothing(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(DataError, match=r"file\.txt: expected a file that can be written"), atomic.replacing(path):
        pass
    assert path.read_text() == "old"


def test_the_content_is_on_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    seen = []

    def fsync(descriptor):
        seen.append((os.fstat(descriptor).st_size, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    atomic.write_text(path, "four")
    assert seen == [(4, False)]


def test_no_text_is_written_where_it_cannot_be_encoded(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        atomic.write_text(path, "fine until \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_an_error_that_names_the_file_and_changes_nothing(code, tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fsync(descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(DataError) as caught:
        atomic.write_text(path, "new")
    assert str(caught.value) == f"{path}: expected a file that can be written, got: {os.strerror(code)}"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_fault_of_another_file_is_not_laid_to_this_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="elsewhere"), atomic.replacing(tmp_path / "file.txt"):
        (tmp_path / "elsewhere").read_text()


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_files_have_the_mode_that_the_umask_leaves(umask, tmp_path):
    before = os.umask(umask)
    try:
        atomic.write_text(tmp_path / "file.txt", "")
    finally:
        os.umask(before)
    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == 0o666 & ~umask


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path):
    kept = [tmp_path / name for name in ("file.txt", ".file.txt.part", "a.1.2.part", ".hidden")]
    for path in [*kept, tmp_path / ".file.txt.123.140001.part"]:
        path.write_text("")
    atomic.remove_parts(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_a_rename_is_flushed_with_its_folder(tmp_path, monkeypatch):
    flushed, fdatasync = [], os.fdatasync

    def note(handle):
        fdatasync(handle)
        flushed.append((stat.S_ISDIR(os.fstat(handle).st_mode), (tmp_path / "file.txt").exists()))

    monkeypatch.setattr(os, "fdatasync", note)
    atomic.write_text(tmp_path / "file.txt", "text")
    assert flushed == [(True, True)]
