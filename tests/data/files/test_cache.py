"""How large the cache may become, and how it is emptied."""

import os

import pytest

from recurra import DataError
from recurra.data.files import cache


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(cache.SIZE_VARIABLE, raising=False)
    cache.token_folder().mkdir(parents=True)
    return cache.token_folder()


@pytest.mark.parametrize(
    ("text", "size"), [("", 4 << 30), ("0", 0), ("100", 100), ("1.5k", 1536), ("500 MB", 500 << 20), ("2GiB", 2 << 30)]
)
def test_a_size_may_have_a_unit(text, size, monkeypatch):
    monkeypatch.setenv(cache.SIZE_VARIABLE, text)
    assert cache.size_limit() == size


@pytest.mark.parametrize("text", ["much", "-1", "4X"])
def test_a_size_that_is_none_is_named(text, monkeypatch):
    monkeypatch.setenv(cache.SIZE_VARIABLE, text)
    with pytest.raises(DataError, match=f"RECURRA_CACHE_SIZE: expected a size such as 500M or 4G, got '{text}'"):
        cache.size_limit()


def test_cleaning_counts_what_it_removes(folder):
    assert cache.clean() == (0, 0)
    for name, size in (("a.bin", 10), ("a.json", 5), ("b.bin", 1), ("b.json", 5)):
        (folder / name).write_bytes(bytes(size))
    assert cache.clean() == (2, 21)
    assert list(folder.iterdir()) == []


def test_frames_of_videos_and_their_features_count_too(folder):
    frames, features = cache.frame_folder(), cache.cache_folder() / "features" / "an encoder"
    for kept in (frames, features):
        kept.mkdir(parents=True)
    for age, path in enumerate([frames / "a.frames", features / "a.npy", folder / "a.bin"]):
        path.write_bytes(bytes(10))
        os.utime(path, (age, age))
    assert [entry.files[0].name for entry in cache.entries()] == ["a.frames", "a.npy", "a.bin"]
    cache.trim(20, keep={frames / "a.frames"})
    assert [entry.files[0].name for entry in cache.entries()] == ["a.frames", "a.bin"]
    assert cache.clean() == (2, 20)


def test_what_a_killed_process_left_goes(folder):
    old, new = folder / ".a.bin.1.part", folder / ".b.bin.2.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    cache.trim(100)
    assert list(folder.iterdir()) == [new]


def test_the_cache_is_where_the_user_keeps_caches(tmp_path, monkeypatch):
    assert cache.cache_folder() == tmp_path / "recurra"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder() == tmp_path / "home" / ".cache" / "recurra"
