import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import frame_file
from recurra.data.clips.frame import Frame
from recurra.data.files.mapped_array import MappedArray

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 4, 5, 3), np.uint8)


def frames():
    for i, image in enumerate(IMAGES):
        yield Frame(image if i % 2 else np.asfortranarray(image), i / 10, 3 * i)


def test_frames_come_back_mapped_to_memory(tmp_path):
    frame_file.write(tmp_path / "a.frames", frames(), (4, 5))
    stored = frame_file.read(tmp_path / "a.frames")
    assert isinstance(stored.images, MappedArray)
    np.testing.assert_array_equal(stored.images, IMAGES)
    np.testing.assert_array_equal(stored.sources, np.arange(7) * 3)


def test_what_breaks_off_leaves_nothing(tmp_path):
    def breaking():
        yield from frames()
        raise DataError("broken")

    with pytest.raises(DataError, match="broken"):
        frame_file.write(tmp_path / "a.frames", breaking(), (4, 5))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_cut_or_another_counts_as_none(tmp_path):
    path = tmp_path / "a.frames"
    assert frame_file.read(path) is None
    frame_file.write(path, frames(), (4, 5))
    content = path.read_bytes()
    for other in (content[:-1], content[:200], b"", b"nothing" * 100):
        path.write_bytes(other)
        assert frame_file.read(path) is None
    np.save(tmp_path / "b.npy", IMAGES)
    assert frame_file.read(tmp_path / "b.npy") is None
