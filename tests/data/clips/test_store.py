import gc
import itertools
import threading

import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import store as store_module
from recurra.data.clips.frame import SourceFrame
from recurra.data.clips.store import Sampling, VideoStore
from recurra.data.files import cache
from recurra.data.files.mapped_array import MappedArray

AT = Sampling(10, (12, 16), 10)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RECURRA_CACHE_SIZE", raising=False)
    return cache.frame_folder()


@pytest.fixture
def decoded(monkeypatch):
    """The sources that are decoded, in order."""
    sources = []
    frames = store_module.frame_source.frames

    def record(source, *arguments):
        sources.append(source)
        return frames(source, *arguments)

    monkeypatch.setattr(store_module.frame_source, "frames", record)
    return sources


@pytest.fixture
def videos(tmp_path, moving_square, encode):
    return [encode(tmp_path / f"{i}.mp4", moving_square(10 + i), 10) for i in range(4)]


def test_videos_are_decoded_once_and_mapped(videos, decoded, folder):
    store = VideoStore(videos, AT, threads=2)
    assert store.prepare() == [None] * 4
    assert [len(video) for video in store] == [10, 11, 12, 13]
    assert all(isinstance(video, MappedArray) and video.shape[1:] == (12, 16, 3) for video in store)
    assert sorted(decoded) == sorted(videos)
    again = VideoStore(videos[::-1], AT)
    again.prepare()
    np.testing.assert_array_equal(again[3], store[0])
    assert len(decoded) == len(list(folder.iterdir())) == 4


def test_the_content_counts_not_the_name_and_so_do_the_settings(videos, decoded, tmp_path):
    VideoStore(videos[:1], AT).prepare()
    copy = tmp_path / "copy.mov"
    copy.write_bytes(videos[0].read_bytes())
    VideoStore([copy], AT).prepare()
    assert len(decoded) == 1
    for other in (Sampling(5, (12, 16), 10), Sampling(10, (12, 12), 10), Sampling(10, 12, 12)):
        VideoStore(videos[:1], other).prepare()
    assert len(decoded) == 4
    copy.write_bytes(videos[1].read_bytes())
    assert len(VideoStore([copy], AT)[0]) == 11


def test_threads_give_what_one_gives(videos):
    one = VideoStore(videos, AT, threads=1)
    one.prepare()
    expected = [np.array(video) for video in one]
    cache.clean()
    several = VideoStore(videos, AT, threads=3)
    several.prepare()
    for video, other in zip(several, expected, strict=True):
        np.testing.assert_array_equal(video, other)


def test_broken_videos_are_named_and_the_others_decoded(videos, tmp_path, folder):
    (tmp_path / "broken.mp4").write_bytes(b"nothing")
    errors = VideoStore([videos[0], tmp_path / "broken.mp4", None, videos[1]], AT, threads=2).prepare()
    assert [error is None for error in errors] == [True, False, True, True]
    assert "broken.mp4: expected a video, got no frame" in str(errors[1])
    assert len(list(folder.iterdir())) == 2


def test_the_first_broken_video_ends_all_where_none_is_to_be_skipped(videos, tmp_path, folder, monkeypatch):
    (tmp_path / "broken.mp4").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"broken.mp4: expected a video"):
        VideoStore([tmp_path / "broken.mp4", *videos], AT, threads=1).prepare(skip_bad=False)
    assert not list(folder.iterdir())
    frames = store_module.frame_source.frames

    def endless(source, *arguments):
        if source.name == "broken.mp4":
            yield from frames(source, *arguments)
        for i in itertools.count():
            yield SourceFrame(lambda size: np.zeros((*size, 3), np.uint8), i / 10, 0.1)

    monkeypatch.setattr(store_module.frame_source, "frames", endless)
    with pytest.raises(DataError, match=r"broken.mp4: expected a video"):
        VideoStore([videos[0], tmp_path / "broken.mp4", *videos[1:]], AT, threads=2).prepare(skip_bad=False)
    assert not list(folder.iterdir())


def test_what_was_removed_or_broken_since_is_decoded_again(videos, folder):
    store = VideoStore(videos[:2], AT)
    store.prepare()
    before = np.array(store[0])
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-5])
    np.testing.assert_array_equal(store[0], before)
    cache.clean()
    np.testing.assert_array_equal(store[0], before)


def test_what_is_in_use_stays_and_what_others_used_goes(videos, folder, monkeypatch):
    VideoStore(videos[:2], AT).prepare()
    monkeypatch.setenv("RECURRA_CACHE_SIZE", "10")
    VideoStore(videos[2:], AT).prepare()
    assert len(list(folder.iterdir())) == 2
    assert len(VideoStore(videos[3:], AT)[0]) == 13


@pytest.mark.parametrize("why", ["nothing is kept", "not writable"])
def test_without_a_cache_the_frames_are_in_a_temporary_folder(videos, folder, monkeypatch, tmp_path, why):
    if why == "nothing is kept":
        monkeypatch.setenv("RECURRA_CACHE_SIZE", "0")
    else:
        (tmp_path / "cache").write_text("no folder")
    store = VideoStore(videos, AT)
    assert store.prepare() == [None] * 4
    assert len(store[2]) == 12
    temporary = store._folder.path
    assert len(list(temporary.iterdir())) == 4
    del store
    gc.collect()
    assert not temporary.exists()
    assert not folder.exists()


def test_images_of_the_rate_and_size_are_taken_as_they_are(moving_square, folder):
    ready = moving_square(5, 12, 16)
    store = VideoStore([ready, moving_square(5), None], AT)
    store.prepare()
    assert store[0] is ready
    assert store[1].shape == (5, 12, 16, 3)
    assert store[2] is None
    assert len(list(folder.iterdir())) == 1


def test_several_threads_read_at_once(videos):
    store = VideoStore(videos, AT)
    store.prepare()
    expected = [np.array(video) for video in store]
    wrong = []

    def read():
        for i in range(40):
            if not np.array_equal(store[i % 4], expected[i % 4]):
                wrong.append(i)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_settings_that_are_none_are_refused():
    with pytest.raises(DataError, match="frame_rate: expected a number above 0"):
        Sampling(0, 12, 10)
    with pytest.raises(DataError, match="frame_size: expected a side"):
        Sampling(10, 0, 10)
