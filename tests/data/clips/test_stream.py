import io
import os
import threading

import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import stream, video_file
from recurra.data.clips.sampling import sample


def images(frames, size=(48, 64)):
    return np.stack([frame.image for frame in sample(frames, 10, size)])


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        ("mkv", None),
        ("webm", None),
        ("avi", None),
        ("mp4", None),  # its index is at the end
        ("mp4", {"movflags": "faststart"}),
        ("mp4", {"movflags": "frag_keyframe+empty_moov"}),
    ],
)
def test_a_video_in_a_pipe_gives_the_frames_of_the_file(tmp_path, moving_square, encode, ending, options):
    codec, pixels = ("libvpx", "yuv420p") if ending == "webm" else ("libx264", "yuv420p")
    path = encode(tmp_path / f"video.{ending}", moving_square(20), 30, codec, pixels=pixels, container_options=options)
    with path.open("rb") as file:
        piped = images(stream.video(file))
    np.testing.assert_array_equal(piped, images(video_file.frames(path)))


@pytest.mark.parametrize("name", ["test.avi", "animated.gif", "no_duration.webm", "video_90.mov", "demo.mp4"])
def test_public_videos_in_a_pipe_give_the_frames_of_the_file(name, shared_data):
    path = shared_data("videos") / name
    with path.open("rb") as file:
        piped = images(stream.video(file), (24, 24))
    np.testing.assert_array_equal(piped, images(video_file.frames(path), (24, 24)))


def test_frames_come_before_the_stream_ends(tmp_path, encode):
    noise = np.random.default_rng(0).integers(0, 256, (60, 48, 48, 3), np.uint8)
    content = encode(tmp_path / "video.mkv", noise, 30).read_bytes()
    reader, writer = os.pipe()
    seen = threading.Semaphore(0)
    is_whole = threading.Event()
    came_early = list[int]()

    def send():
        with os.fdopen(writer, "wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            for _ in range(20):
                if seen.acquire(timeout=60):
                    came_early.append(1)
            is_whole.set()
            file.write(content[len(content) // 2 :])

    thread = threading.Thread(target=send)
    thread.start()
    with os.fdopen(reader, "rb") as file:
        count = 0
        for _ in sample(stream.video(file), 30, 8):
            count += 1
            if not is_whole.is_set():
                seen.release()
    thread.join()
    assert len(came_early) == 20
    assert count == 60


def test_raw_images_come_one_by_one(moving_square):
    expected = moving_square(12)
    frames = list(stream.raw(io.BytesIO(expected.tobytes()), 48, 64, 24))
    np.testing.assert_array_equal([frame.resized((48, 64)) for frame in frames], expected)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(12) / 24)


def test_raw_images_that_come_in_pieces_are_put_together(moving_square):
    content = moving_square(3).tobytes()

    class Pieces(io.BytesIO):
        def read1(self, size=-1):
            return super().read1(min(size, 1000))

    assert len(list(stream.raw(Pieces(content), 48, 64, 24))) == 3


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (0, "standard input: expected images, got its end"),
        (100, r"expected images of 4 x 4 x 3 = 48 bytes, got 2 of these and 4 bytes"),
    ],
)
def test_raw_images_that_are_not_whole_are_refused(size, message):
    with pytest.raises(DataError, match=message):
        list(stream.raw(io.BytesIO(bytes(size)), 4, 4, 10))


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"nothing" * 1000, b"\0\0\0\x10ftypmp42\0\0\0\0", b"\0\0\0\1ftyp"]
)
def test_what_is_no_video_is_refused(content):
    with pytest.raises(DataError, match="standard input: expected a video, got no frame: "):
        list(stream.video(io.BytesIO(content)))


def test_a_cut_stream_is_named_with_the_frames_that_it_yielded(tmp_path, encode):
    noise = np.random.default_rng(0).integers(0, 256, (60, 32, 32, 3), np.uint8)
    path = encode(tmp_path / "video.mp4", noise, 30, container_options={"movflags": "faststart"})
    content = path.read_bytes()
    with pytest.raises(DataError, match=r"standard input: expected a whole video, got \d+ frames and then: "):
        list(stream.video(io.BytesIO(content[: len(content) * 2 // 3])))


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(DataError, match=r"/dev/none: expected a camera, got: no such file or directory"):
        next(stream.camera("/dev/none", 30))
