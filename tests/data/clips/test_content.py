import numpy as np
from PIL import Image

from recurra.data.clips.content import checksum


def test_a_copy_has_the_checksum_of_its_original_whatever_its_name(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"x" * 3_000_000)
    (tmp_path / "b.mov").write_bytes(b"x" * 3_000_000)
    (tmp_path / "c.mp4").write_bytes(b"x" * 2_999_999 + b"y")
    sums = [checksum(tmp_path / name) for name in ("a.mp4", "b.mov", "c.mp4")]
    assert sums[0] == sums[1] != sums[2]


def test_a_folder_is_known_by_its_images_and_their_order(tmp_path):
    for folder, order in (("a", (1, 2)), ("b", (1, 2)), ("c", (2, 1))):
        (tmp_path / folder).mkdir()
        for name, gray in zip(("1.png", "10.png"), order, strict=True):
            Image.fromarray(np.full((2, 2, 3), gray, np.uint8)).save(tmp_path / folder / name)
    (tmp_path / "b" / "notes.txt").write_text("no image")
    sums = [checksum(tmp_path / name) for name in "abc"]
    assert sums[0] == sums[1] != sums[2]


def test_an_array_is_known_by_its_numbers_and_form():
    assert checksum(np.ones((2, 3))) == checksum(np.ones((2, 3)))
    assert len({checksum(array) for array in (np.ones((2, 3)), np.ones((3, 2)), np.zeros((2, 3)))}) == 3
