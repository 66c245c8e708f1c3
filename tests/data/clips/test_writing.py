import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import frame_source, writing
from recurra.data.clips.sampling import sample


def read(path, rate, size):
    return np.stack([frame.image for frame in sample(frame_source.frames(path, rate), rate, size)])


@pytest.mark.parametrize("name", ["clip.gif", "clip.png", "clip"])
@pytest.mark.parametrize("rate", [8, 7.5, 50])
def test_frames_are_read_again_as_they_were(name, rate, moving_square, tmp_path):
    frames = moving_square(11, 32, 32)
    writing.write(tmp_path / name, frames, rate)
    np.testing.assert_array_equal(read(tmp_path / name, rate, (32, 32)), frames)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_stands_still_in_a_gif_is_as_long_as_it_was(tmp_path):
    frames = np.full((9, 16, 16, 3), 70, np.uint8)
    writing.write(tmp_path / "clip.gif", frames, 12.5)
    np.testing.assert_array_equal(read(tmp_path / "clip.gif", 12.5, (16, 16)), frames)


def test_a_gif_of_many_colors_is_nearly_as_it_was(tmp_path):
    rows, columns = np.mgrid[:64, :64]
    frame = np.stack([rows * 4, columns * 4, 255 - rows * 2 - columns * 2], 2).astype(np.uint8)
    writing.write(tmp_path / "clip.gif", np.stack([frame, frame[::-1]]), 5)
    assert np.abs(read(tmp_path / "clip.gif", 5, (64, 64))[0].astype(int) - frame).mean() < 6


@pytest.mark.parametrize("rate", [8, 7.5, 60])
def test_an_mp4_is_nearly_as_it_was(rate, moving_square, tmp_path):
    frames = moving_square(24)
    writing.write(tmp_path / "clip.mp4", frames, rate)
    again = read(tmp_path / "clip.mp4", rate, (48, 64))
    assert again.shape == frames.shape
    assert np.abs(again.astype(int) - frames).mean() < 2


def test_clips_in_a_folder_are_numbered_in_the_order_of_their_names(moving_square, tmp_path):
    clips = [moving_square(count, 16, 16) for count in range(1, 11)]
    paths = writing.write_all(tmp_path / "new" / "clips", clips, 8, ".gif")
    assert sorted(paths) == paths == sorted((tmp_path / "new" / "clips").iterdir())
    assert [len(read(path, 8, (16, 16))) for path in paths] == list(range(1, 11))


@pytest.mark.parametrize(
    ("name", "shape", "rate", "message"),
    [
        ("clip.avi", (2, 8, 8, 3), 8, r"clip.avi: expected .gif, .mp4, .png or a folder, got .avi"),
        ("clip.gif", (2, 8, 8, 3), 60, r"expected at most 50 frames a second in a GIF, got 60"),
        ("clip.mp4", (2, 9, 8, 3), 8, r"expected an even height and width in an mp4, got 9 x 8"),
        ("clip.png", (2, 9, 8, 3), 8, r"expected square frames in a strip, got 9 x 8"),
        ("clip.png", (9000, 8, 8, 3), 8, r"expected at most 8,191 frames in a strip, got 9,000"),
        ("clip.gif", (0, 8, 8, 3), 8, r"expected frames \(T, H, W, 3\) uint8, got uint8 of shape \(0, 8, 8, 3\)"),
        ("clip.gif", (2, 8, 8, 3), 0, r"rate: expected a number above 0"),
    ],
)
def test_what_a_file_cannot_hold_is_refused_and_nothing_is_written(name, shape, rate, message, tmp_path):
    with pytest.raises(DataError, match=message):
        writing.write(tmp_path / name, np.zeros(shape, np.uint8), rate)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_other_files_stays_as_it_is(moving_square, tmp_path):
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match=r"clip: expected a folder that is empty or not there"):
        writing.write(tmp_path / "clip", moving_square(3), 8)
    assert [path.name for path in tmp_path.rglob("*")] == ["clip", "notes.txt"]


@pytest.mark.parametrize("name", ["clip.gif", "clip.mp4", "clip.png", "clip"])
def test_where_nothing_can_be_written_that_is_said(name, moving_square, tmp_path):
    with pytest.raises(DataError, match=rf"{name}: expected a f\w+ that can be written, got: No such file"):
        writing.write(tmp_path / "missing" / name, moving_square(3, 16, 16), 8)


@pytest.mark.parametrize("name", ["clip.gif", "clip.mp4", "clip.png", "clip"])
def test_what_is_interrupted_leaves_nothing_behind(name, moving_square, tmp_path, monkeypatch):
    def interrupt(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("PIL.Image.Image.save", interrupt)
    monkeypatch.setattr("av.VideoFrame.from_ndarray", interrupt)
    with pytest.raises(KeyboardInterrupt):
        writing.write(tmp_path / name, moving_square(3, 16, 16), 8)
    assert not list(tmp_path.iterdir())
