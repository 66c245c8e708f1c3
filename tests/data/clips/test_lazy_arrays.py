import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips.lazy_arrays import ArchivedArrays, ArrayArchive


def test_arrays_of_several_archives_are_opened_when_they_are_asked_for(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones(2), y=np.ones(3))
    first, second = ArrayArchive(tmp_path / "a.npz"), ArrayArchive(tmp_path / "gone.npz")
    arrays = ArchivedArrays([first, second, first, second], ["y", "x", "x", None])
    assert [len(arrays), len(arrays[0]), len(arrays[2]), arrays[3]] == [4, 3, 2, None]
    (tmp_path / "a.npz").unlink()
    assert len(arrays[0]) == 3
    with pytest.raises(DataError, match=r"gone.npz: expected"):
        arrays[1]
