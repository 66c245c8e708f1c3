import numpy as np
import pytest
from PIL import Image

from recurra import DataError
from recurra.data.clips import image_folder


def test_images_stand_in_the_order_that_people_count_in(tmp_path):
    for number in (1, 2, 10, 20, 100):
        Image.fromarray(np.full((2, 2 + number % 3, 3), number, np.uint8)).save(tmp_path / f"frame_{number}.png")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "._frame_1.png").write_bytes(b"what a system put there")
    frames = list(image_folder.frames(tmp_path, 10))
    assert [frame.resized((1, 1))[0, 0, 0] for frame in frames] == [1, 2, 10, 20, 100]
    assert [frame.time for frame in frames] == [0, 0.1, 0.2, 0.3, 0.4]


def test_names_of_letters_and_numbers_have_an_order():
    names = ["b1", "a10", "a2", "10", "9", "a02b3", "a2b", ""]
    assert sorted(names, key=image_folder.natural_order) == ["", "9", "10", "a02b3", "a2", "a2b", "a10", "b1"]


def test_a_folder_without_images_or_with_a_broken_one_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"expected images \(.png, .jpg, .* found none"):
        list(image_folder.frames(tmp_path, 10))
    (tmp_path / "1.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"1.png: expected an image, got"):
        list(image_folder.frames(tmp_path, 10))
