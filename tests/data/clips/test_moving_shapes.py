import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from recurra import DataError
from recurra.data.clips import moving_shapes, strip


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def archive(folder, names):
    images = {name: np.full((4, 12, 3), number * 10, np.uint8) for number, name in enumerate(names)}
    with zipfile.ZipFile(folder / moving_shapes.ARCHIVE, "w") as file:
        for name, image in images.items():
            content = io.BytesIO()
            Image.fromarray(image).save(content, "png")
            file.writestr(name, content.getvalue())
    return images


def test_strips_of_an_archive_are_clips_with_the_names_of_their_folders_as_answers(tmp_path):
    images = archive(tmp_path, ["shapes/0/00000004.png", "shapes/1/00000001.png", "shapes/0/00000010.png"])
    clips = moving_shapes.parts(tmp_path)["train"]
    assert clips.answers == ["0", "0", "1"]
    assert clips.rates == {"video": 16}
    frames = list(strip.frames(clips.sources["video"][1], 16))
    np.testing.assert_array_equal(frames[0].resized((4, 4)), images["shapes/0/00000010.png"][:, :4])


def test_it_is_unpacked_once_and_whole(tmp_path, cache):
    archive(tmp_path, ["shapes/0/1.png"])
    sources = [moving_shapes.parts(tmp_path)["train"].sources["video"][0] for _ in range(2)]
    assert sources[0] == sources[1]
    assert len(list(cache.rglob("*.png"))) == 1
    assert not list(cache.rglob("*.part"))


def test_nothing_is_written_beside_the_folder(tmp_path, cache):
    archive(tmp_path, ["../../../outside/1.png", "shapes/../../2.png", "notes.txt"])
    moving_shapes.parts(tmp_path)
    [folder] = (cache / "recurra" / "data").iterdir()
    assert {path.name for path in tmp_path.iterdir()} == {"cache", moving_shapes.ARCHIVE}
    assert all(path.is_relative_to(folder) for path in cache.rglob("*.png"))


def test_a_broken_archive_is_refused_and_leaves_nothing(tmp_path, cache):
    (tmp_path / moving_shapes.ARCHIVE).write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"shapes.zip: expected an archive of strips, got: File is not a zip file"):
        moving_shapes.parts(tmp_path)
    assert not list((cache / "recurra" / "data").iterdir())


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(DataError, match=r"shapes.zip: expected an archive of clips"):
        moving_shapes.parts(tmp_path)
