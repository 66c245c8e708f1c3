import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import table
from recurra.data.clips.frame_labels import FrameLabels


@pytest.fixture
def read(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"")
    np.save(tmp_path / "a.npy", np.ones((5, 20, 3)))

    def run(text):
        path = tmp_path / "t.csv"
        path.write_text(text)
        return table.read(path)

    return run


def test_a_row_is_a_clip(read):
    clips = read("Path;Class;person;note\na.mp4;wave;1;x\nb.mp4;two words;2;\n")
    assert [path.name for path in clips.sources["video"]] == ["a.mp4", "b.mp4"]
    assert (clips.answers, clips.groups) == (["wave", "two words"], ["1", "2"])
    assert read("file\na.mp4\n").answers is None


def test_a_column_may_be_a_signal(read):
    clips = read("video,skeleton,label\na.mp4,a.npy,x\nb.mp4,,y\n")
    assert [None if path is None else path.name for path in clips.sources["skeleton"]] == ["a.npy", None]


def test_several_labels_stand_between_bars_and_so_do_those_of_frames(read):
    assert read("file,labels\na.mp4,wave | jump|wave\nb.mp4,run\n").answers == [["wave", "jump"], ["run"]]
    assert read("file,frame_labels\na.mp4,x|x|y\n").answers == [FrameLabels(("x", "x", "y"))]


def test_rows_with_start_and_end_are_spans(read):
    clips = read("file,start,end,label\na.mp4,0,1.5,x\nb.mp4,0,1,y\na.mp4,2,3,y\n")
    assert len(clips) == 2
    assert clips.answers[0].at_samples(np.arange(3), 1, "a").tolist() == ["x", "x", "y"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,label\na.mp4,x\n", r"t.csv:1: expected a column file, or video, .*, got 'name, label'"),
        ("file,path\na.mp4,a.mp4\n", r"t.csv:1: expected one column file, got file, path"),
        ("file,label,labels\na.mp4,x,x\n", r"t.csv:1: expected one column of answers, got label, labels"),
        ("file,start,label\na.mp4,0,x\n", r"t.csv:1: expected the columns start, end and label of spans"),
        ("file,label\na.mp4,\n", r"t.csv:2: expected label, got an empty cell"),
        ("file,label\n\n,x\n", r"t.csv:3: expected file, got an empty cell"),
        ("file,group\na.mp4, \n", r"t.csv:2: expected a group, got an empty cell"),
        ("file,labels\na.mp4,x||y\n", r"t.csv:2: labels: expected labels between bars, got 'x\|\|y'"),
        ("file,start,end,label\na.mp4,0,one,x\n", r"t.csv:2: start, end: expected a number, got 'one'"),
        ("file,start,end,label\na.mp4,1,0,x\n", r"t.csv:2: expected a start and an end behind it, got 1 and 0"),
        ("file,label\na.mp4\n", r"t.csv:2: expected 2 columns as in the header, got 1"),
        ("file,label\ngone.mp4,x\n", r"t.csv:2: expected a clip, found nothing at"),
        ("file,label\n", r"t.csv: expected at least one clip, got none"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(read, text, message):
    with pytest.raises(DataError, match=message):
        read(text)
