import io
import zipfile

import numpy as np
import pytest

from recurra import DataError
from recurra.data.files import array_archive
from recurra.data.files.mapped_array import MappedArray


def test_large_arrays_are_mapped_and_small_ones_read(tmp_path, monkeypatch):
    x = np.arange(24.0).reshape(2, 4, 3)
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / f"{save.__name__}.npz", X=x, y=np.arange(2), lengths=np.array([1, 3]))
    monkeypatch.setattr(array_archive, "MAPPED_FROM", 100)
    for name, is_mapped in (("savez", True), ("savez_compressed", False)):
        members = array_archive.open_members(tmp_path / f"{name}.npz")
        assert isinstance(members["X"], MappedArray) is is_mapped
        assert not isinstance(members["y"], MappedArray)
        np.testing.assert_array_equal(members["X"], x)
        np.testing.assert_array_equal(members["lengths"], [1, 3])


@pytest.mark.parametrize("mapped_from", [1, 1 << 20])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"(2, 3)", b"(9, 9)"),
        (b"(2, 3)", b"(-2,3)"),
        (b"<f8", b"<f4"),
        (b"'<f8'", b"'<f8("),
        (b"fortran_order'", b"fortran_orde'r"),
        (b"NUMPY\1", b"NUMPY\3"),
    ],
)
def test_an_array_that_lies_about_its_size_is_refused(tmp_path, monkeypatch, mapped_from, old, new):
    monkeypatch.setattr(array_archive, "MAPPED_FROM", mapped_from)
    np.savez(tmp_path / "data.npz", X=np.ones((2, 3)), y=np.arange(2))
    content = (tmp_path / "data.npz").read_bytes()
    (tmp_path / "data.npz").write_bytes(content.replace(old, new))
    with pytest.raises(DataError, match=r"data.npz: expected an .npz file of plain arrays, got: X.npy: "):
        array_archive.open_members(tmp_path / "data.npz")


def test_a_member_that_reaches_into_the_next_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(array_archive, "MAPPED_FROM", 1)
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as file:
        buffer = io.BytesIO()
        np.save(buffer, np.ones((2000, 3)))  # so much that the header is read alone
        file.writestr("X.npy", buffer.getvalue().replace(b"(2000, 3)", b"(2007, 3)"))
        file.writestr("y.npy", buffer.getvalue())
        member = file.getinfo("X.npy")
        member.file_size = member.compress_size = member.file_size + 7 * 3 * 8  # what the directory says
    with pytest.raises(DataError, match=r"X.npy: an array that reaches into what lies behind it"):
        array_archive.open_members(tmp_path / "data.npz")


@pytest.mark.parametrize("mapped_from", [1, 1 << 20])
@pytest.mark.parametrize("fortran", [False, True])
def test_an_array_alone_comes_back(tmp_path, monkeypatch, mapped_from, fortran):
    monkeypatch.setattr(array_archive, "MAPPED_FROM", mapped_from)
    x = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    np.save(tmp_path / "x.npy", np.asfortranarray(x) if fortran else x)
    array = array_archive.open_array(tmp_path / "x.npy")
    np.testing.assert_array_equal(array, x)
    assert isinstance(array, MappedArray) is (mapped_from == 1)


def test_an_array_alone_that_was_cut_or_is_none_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((20, 3)))
    whole = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-8])
    with pytest.raises(DataError, match=r"cut.npy: expected an .npy file .*, got: an array of 480 bytes.* in 472"):
        array_archive.open_array(tmp_path / "cut.npy")
    (tmp_path / "none.npy").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"none.npy: expected an .npy file"):
        array_archive.open_array(tmp_path / "none.npy")
    with pytest.raises(DataError, match=r"gone.npy: expected an .npy file, found nothing there"):
        array_archive.open_array(tmp_path / "gone.npy")
