import zipfile

import pytest

from recurra import DataError
from recurra.data.files import archive


def _read(path, name):
    with archive.opened(path) as file:
        return archive.read(path, file, file.getinfo(name))


def test_what_is_no_archive_is_named(tmp_path):
    path = tmp_path / "data.zip"
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"data.zip: expected a zip archive, got: File is not a zip file"):
        _read(path, "a")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_broken_inside_is_named(tmp_path, method):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("a", bytes(range(256)) * 10)
    assert len(_read(path, "a")) == 2560
    content = bytearray(path.read_bytes())
    for place in (40, 50, 60):
        content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"data.zip: expected a zip archive, got: a: "):
        _read(path, "a")


def test_what_is_encrypted_or_too_large_is_named(tmp_path, monkeypatch):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a", bytes(1000))
    monkeypatch.setattr(archive, "LARGEST", 999)
    with pytest.raises(DataError, match=r"data.zip: a: expected at most 999 bytes, got 1,000"):
        _read(path, "a")
    monkeypatch.undo()
    content = path.read_bytes().replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0")
    path.write_bytes(content.replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0"))
    with pytest.raises(DataError, match=r"data.zip: expected a zip archive, got: a: an encrypted one"):
        _read(path, "a")
