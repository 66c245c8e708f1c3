import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import array_file

VIDEO = np.random.default_rng(0).integers(0, 256, (4, 6, 8, 3), np.uint8)
SKELETON = np.ones((5, 20, 3), np.float32)


def test_arrays_are_found_by_their_names(tmp_path):
    np.savez_compressed(tmp_path / "clip.npz", skeleton=SKELETON, video=VIDEO, inertial=np.ones((9, 6)))
    assert array_file.signals_in(tmp_path / "clip.npz") == ["skeleton", "video", "inertial"]
    np.testing.assert_array_equal(array_file.read(tmp_path / "clip.npz", "video"), VIDEO)
    np.testing.assert_array_equal(array_file.read(tmp_path / "clip.npz", "skeleton"), SKELETON)


def test_an_array_alone_needs_no_name(tmp_path):
    np.savez(tmp_path / "a.npz", x=SKELETON)
    np.save(tmp_path / "b.npy", VIDEO)
    assert array_file.signals_in(tmp_path / "a.npz") == ["skeleton"]
    assert array_file.signals_in(tmp_path / "b.npy") == ["video"]
    np.testing.assert_array_equal(array_file.read(tmp_path / "a.npz", "skeleton"), SKELETON)
    np.testing.assert_array_equal(array_file.read(tmp_path / "b.npy", "video"), VIDEO)


def test_what_is_no_signal_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x=VIDEO, y=SKELETON)
    with pytest.raises(DataError, match=r"a.npz: expected arrays called video, depth, skeleton, inertial, got x, y"):
        array_file.signals_in(tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"a.npz: expected an array video, got x, y"):
        array_file.read(tmp_path / "a.npz", "video")
    np.save(tmp_path / "b.npy", np.ones(3))
    with pytest.raises(DataError, match=r"b.npy: expected the samples of a signal, got float64 of shape \(3,\)"):
        array_file.signals_in(tmp_path / "b.npy")
    (tmp_path / "c.npz").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"c.npz: expected an .npz file"):
        array_file.signals_in(tmp_path / "c.npz")
