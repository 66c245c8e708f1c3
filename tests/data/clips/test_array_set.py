import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import array_set


def test_a_file_with_answers_is_many_clips(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, X=np.zeros((3, 5, 8, 8, 3), np.uint8), y=np.array(["a", "b", "a"]), groups=np.arange(3))
    assert array_set.is_set(path)
    clips = array_set.read(path)
    assert (list(clips.sources), clips.answers, clips.groups) == (["video"], ["a", "b", "a"], ["0", "1", "2"])
    np.savez(path, depth=np.zeros((2, 5, 8, 8), np.uint8), inertial=np.zeros((2, 9, 6)), y=np.zeros((2, 5), int))
    clips = array_set.read(path)
    assert list(clips.sources) == ["depth", "inertial"]
    assert clips.answers[0].labels == (0,) * 5


def test_a_file_without_answers_is_none_and_one_with_nothing_else_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", video=np.zeros((5, 8, 8, 3), np.uint8))
    assert not array_set.is_set(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", y=np.zeros(3))
    with pytest.raises(DataError, match=r"b.npz: expected X, or arrays called video, .* beside y, got none"):
        array_set.read(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", X=np.zeros((3, 5, 6)), y=np.zeros(2))
    with pytest.raises(DataError, match=r"c.npz: answers: expected one for each of 3 clips, got 2"):
        array_set.read(tmp_path / "c.npz")
