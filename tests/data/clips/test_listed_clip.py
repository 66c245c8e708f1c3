import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips.frame_labels import BACKGROUND, Span
from recurra.data.clips.listed_clip import ListedClip, clip_list


@pytest.fixture
def folder(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"")
    np.savez(tmp_path / "c.npz", skeleton=np.ones((5, 20, 3)), inertial=np.ones((9, 6)))
    (tmp_path / "notes.txt").write_text("no clip")
    return tmp_path


def clip(line, file, answer=None, group=None):
    return ListedClip(f"t.csv:{line}", {"file": file}, answer, group)


def test_each_file_is_the_signals_that_it_holds(folder):
    clips = clip_list([clip(2, "a.mp4"), clip(3, "c.npz")], folder, "t.csv")
    assert dict(clips.sources) == {
        "video": [folder / "a.mp4", None],
        "skeleton": [None, folder / "c.npz"],
        "inertial": [None, folder / "c.npz"],
    }
    assert clips.locations == [str(folder / "a.mp4"), str(folder / "c.npz")]
    assert clips.answers is clips.groups is None


def test_spans_of_a_clip_are_joined(folder):
    listed = [clip(2, "a.mp4", Span(1, 2, "y")), clip(3, "b.mp4", Span(0, 1, "x")), clip(4, "a.mp4", Span(0, 1, "x"))]
    clips = clip_list(listed, folder, "t.csv")
    assert len(clips) == 2
    labels = clips.answers[0].at_samples(np.arange(3), 1, "a")
    assert labels.tolist() == ["x", "y", BACKGROUND]


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([], "t.csv: expected at least one clip, got none"),
        ([clip(2, "gone.mp4")], r"t.csv:2: expected a clip, found nothing at .*gone.mp4"),
        ([clip(2, "notes.txt")], r"t.csv:2: expected a file of .mp4, .*, got 'notes.txt'"),
        ([clip(2, "a.mp4"), clip(3, "a.mp4")], "t.csv:3: expected each clip once, got the one of t.csv:2 again"),
        ([clip(2, "a.mp4", "x"), clip(3, "b.mp4")], "t.csv:3: expected one label as in t.csv:2, got nothing"),
        ([clip(2, "a.mp4", "x"), clip(3, "b.mp4", ["x"])], "t.csv:3: expected one label .*, got a list of labels"),
        ([clip(2, "a.mp4", group="p"), clip(3, "b.mp4")], "t.csv:3: expected one label as in t.csv:2, got nothing"),
        (
            [clip(2, "a.mp4", Span(0, 1, "x"), "p"), clip(3, "a.mp4", Span(1, 2, "x"), "q")],
            "t.csv:3: expected the group 'p' as in t.csv:2, got 'q'",
        ),
        (
            [ListedClip("t.csv:2", {"file": "c.npz", "skeleton": "c.npz"})],
            "t.csv:2: expected skeleton once, got it twice",
        ),
    ],
)
def test_lists_that_say_no_clear_thing_are_refused(folder, listed, message):
    with pytest.raises(DataError, match=message):
        clip_list(listed, folder, "t.csv")
