import numpy as np
import pytest
from PIL import Image

from recurra import DataError
from recurra.data.clips import class_folder


def image(path, width=4):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((4, width, 3), np.uint8)).save(path)


def video(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def names(clips, folder):
    return [path.relative_to(folder).as_posix() for path in clips.sources["video"]]


def test_the_first_folder_is_the_label(tmp_path):
    for name in ("run/2.mp4", "run/10.avi", "wave/person1/a.webm", "wave/b.MOV"):
        video(tmp_path / name)
    video(tmp_path / "run" / ".hidden.mp4")
    (tmp_path / "run" / "notes.txt").write_text("no clip")
    clips = class_folder.read(tmp_path)
    assert names(clips, tmp_path) == ["run/2.mp4", "run/10.avi", "wave/b.MOV", "wave/person1/a.webm"]
    assert clips.answers == ["run", "run", "wave", "wave"]


def test_images_are_strips_or_a_folder_of_them_is_a_clip(tmp_path):
    image(tmp_path / "run" / "a.png", 12)
    image(tmp_path / "run" / "b.png", 16)
    for number in range(3):
        image(tmp_path / "wave" / "c" / f"{number}.png")
    assert names(class_folder.read(tmp_path), tmp_path) == ["run/a.png", "run/b.png", "wave/c"]


def test_a_folder_without_folders_has_no_labels(tmp_path):
    video(tmp_path / "a.mp4")
    video(tmp_path / "b.mp4")
    assert class_folder.read(tmp_path).answers is None


def test_a_folder_of_images_is_one_clip(tmp_path):
    image(tmp_path / "clip" / "0.png")
    image(tmp_path / "clip" / "1.png")
    clips = class_folder.read(tmp_path / "clip")
    assert clips.sources == {"video": [tmp_path / "clip"]}
    assert clips.answers is None


def test_a_folder_without_clips_or_with_some_outside_of_classes_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"expected clips \(.mp4, .*\), found none"):
        class_folder.read(tmp_path)
    video(tmp_path / "run" / "a.mp4")
    video(tmp_path / "b.mp4")
    with pytest.raises(DataError, match=r"b.mp4: expected it in a folder, which is its label, as .*a.mp4"):
        class_folder.read(tmp_path)
