import gc
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import video_file
from recurra.data.clips.sampling import sample

VIDEOS = Path(os.environ.get("RECURRA_DATA") or "none") / "videos"
FRAMES = {  # frames that each file shows, where it is not what its header says
    "discard_first_keyframe.mp4": 25,
    "av1_video.mkv": 125,
    "flipping_a_pancake.mkv": 310,
    "no_duration.webm": 74,
    "testsrc2_vp8.webm": 30,
    "transparent.webm": 150,
}


def images(path, size=(24, 24), threads=1):
    return np.stack([frame.resized(size) for frame in video_file.frames(path, threads)])


@pytest.mark.parametrize("codec", ["libx264", "ffv1", "mpeg4"])
@pytest.mark.parametrize("threads", [1, 3])
def test_frames_come_back_with_their_times(tmp_path, moving_square, encode, codec, threads):
    expected = moving_square(20)
    pixels = "yuv420p" if codec == "mpeg4" else "yuv444p"
    path = encode(tmp_path / "a: video.mkv", expected, 25, codec, pixels=pixels)
    frames = list(video_file.frames(path, threads))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(20) / 25, abs=1e-3)
    assert frames[-1].duration == pytest.approx(0.04, abs=2e-3)
    read = np.stack([frame.resized((48, 64)) for frame in frames]).astype(int)
    assert np.abs(read - expected).mean() < 3


def test_threads_change_nothing(tmp_path, moving_square, encode):
    path = encode(tmp_path / "video.mp4", moving_square(40), 25)
    np.testing.assert_array_equal(images(path, threads=1), images(path, threads=4))


@pytest.mark.parametrize(
    "name", sorted(path.name for path in VIDEOS.glob("*.*") if path.suffix in video_file.ENDINGS) or ["none"]
)
def test_every_public_test_video_is_read(name, shared_data):
    path = shared_data("videos") / name
    if name == "corrupted.mp4":
        with pytest.raises(DataError, match=r"corrupted.mp4: expected a whole video, got 28 frames and then: invalid"):
            images(path)
        return
    frames = list(video_file.frames(path, 2))
    times = [frame.time for frame in frames]
    assert times == sorted(times)
    assert times[0] == 0
    assert len(frames) == FRAMES.get(name, len(frames))
    assert frames[-1].resized((16, 20)).shape == (16, 20, 3)


def test_a_rotated_video_is_turned(shared_data):
    folder = shared_data("videos")
    upright = images(folder / "nasa_13013.mp4", (90, 50))[0].astype(int)
    turned = images(folder / "nasa_13013_rotated.mp4", (90, 50))[0].astype(int)
    unturned = images(folder / "nasa_13013.mp4", (50, 90))[0].astype(int)
    assert np.abs(np.rot90(unturned, 1) - turned).mean() < 4
    assert np.abs(upright - turned).mean() > 8


@pytest.mark.parametrize(
    ("matrix", "turn"),
    [
        ((0, 1, -1, 0), lambda images: np.rot90(images, 1, (1, 2))),
        ((0, -1, 1, 0), lambda images: np.rot90(images, -1, (1, 2))),
        ((-1, 0, 0, -1), lambda images: np.rot90(images, 2, (1, 2))),
        ((-1, 0, 0, 1), lambda images: images[:, :, ::-1]),
    ],
)
def test_a_copy_that_was_filmed_on_its_side_gives_the_same_frames(tmp_path, moving_square, encode, matrix, turn):
    upright = encode(tmp_path / "upright.mp4", moving_square(10, 60, 80))
    turned = encode(tmp_path / "turned.mp4", np.ascontiguousarray(turn(moving_square(10, 60, 80))))
    content = turned.read_bytes()
    track = content.index(b"tkhd")
    numbers = struct.pack(">9i", *(n << 16 for n in (*matrix[:2], 0, *matrix[2:], 0, 0, 0)), 1 << 30)
    identity = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    turned.write_bytes(content[:track] + content[track:].replace(identity, numbers, 1))
    difference = images(upright, (33, 32)).astype(int) - images(turned, (33, 32))
    assert np.abs(difference).max() <= 2  # the scaler rounds rows and columns apart


def test_stamps_that_go_back_become_times_that_rise_evenly(shared_data):
    times = np.array([frame.time for frame in video_file.frames(shared_data("videos") / "test.avi", 1)])
    assert np.diff(times)[5:] == pytest.approx(0.04)


def test_a_cut_video_is_named_with_the_frames_that_it_yielded(tmp_path, encode):
    noise = np.random.default_rng(0).integers(0, 256, (60, 32, 32, 3), np.uint8)
    for ending in ("mp4", "mkv"):
        options = {"movflags": "faststart"} if ending == "mp4" else None
        path = encode(tmp_path / f"video.{ending}", noise, 30, container_options=options)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * 6 // 10])
        with pytest.raises(DataError, match=rf"video.{ending}: expected a whole video, got \d+ frames and then: "):
            images(path)
        path.write_bytes(content[:200])
        with pytest.raises(DataError, match=rf"video.{ending}: expected a video, got (no frame: |a file without one)"):
            images(path)


def test_what_is_no_video_is_refused(tmp_path):
    for name, content in (
        ("a.mp4", b""),
        ("b.mp4", b"nothing" * 100),
        ("c.mp4", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=rf"{name}: expected a video, got no frame: "):
            images(tmp_path / name)
    with pytest.raises(DataError, match=r"gone.mp4: expected a video, found nothing there"):
        images(tmp_path / "gone.mp4")
    with pytest.raises(DataError, match=r"expected a video, got a folder"):
        images(tmp_path)


def test_sound_alone_is_no_video(tmp_path):
    import av

    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        sound.rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(DataError, match=r"sound.mp4: expected a video, got a file without one"):
        images(tmp_path / "sound.mp4")


def test_a_video_in_an_unknown_code_is_refused(tmp_path, moving_square, encode):
    path = encode(tmp_path / "video.mp4", moving_square(3))
    path.write_bytes(path.read_bytes().replace(b"avc1", b"xyz1"))
    with pytest.raises(DataError, match=r"video.mp4: expected a video, got one in a code that no decoder is known of"):
        images(path)


def test_frames_that_are_too_large_are_refused(tmp_path, moving_square, encode, monkeypatch):
    path = encode(tmp_path / "video.mp4", moving_square(3))
    monkeypatch.setattr(video_file, "MOST_PIXELS", 3000)
    with pytest.raises(DataError, match=r"video.mp4: expected frames of at most 3,000 pixels, got 64 x 48"):
        images(path)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much memory a process has")
def test_memory_stays_flat_over_many_clips_and_over_a_long_one(tmp_path, moving_square, encode):
    def resident():
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    short = encode(tmp_path / "short.mp4", moving_square(5), 10)
    long = encode(tmp_path / "long.mp4", moving_square(1500, 96, 96), 30)  # 41 MB of pixels
    for path, times in ((short, 300), (long, 1)):
        for _ in range(30 * (path == short)):
            sum(1 for _ in sample(video_file.frames(path, 2), 10, 32))
        before = resident()
        for _ in range(times):
            sum(1 for _ in sample(video_file.frames(path, 2), 30, 32))
        assert resident() - before < 12e6


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts the files that a process has open")
def test_files_are_closed_at_the_end_after_errors_and_where_nobody_reads_on(tmp_path, moving_square, encode):
    path = encode(tmp_path / "video.mp4", moving_square(30))
    (tmp_path / "broken.mp4").write_bytes(path.read_bytes()[:2000])
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        images(path)
        next(sample(video_file.frames(path, 2), 5, 8))
        with pytest.raises(DataError):
            images(tmp_path / "broken.mp4")
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before
