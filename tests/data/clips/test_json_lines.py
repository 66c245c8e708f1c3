import json

import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import json_lines
from recurra.data.clips.frame_labels import FrameLabels


@pytest.fixture
def read(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"")

    def run(*objects):
        path = tmp_path / "t.jsonl"
        path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in objects))
        return json_lines.read(path)

    return run


def test_an_object_is_a_clip(read, tmp_path):
    clips = read({"file": "a.mp4", "label": "wave", "group": 3}, {"video": "b.mp4", "label": 7, "group": 4})
    assert clips.sources == {"video": [tmp_path / "a.mp4", tmp_path / "b.mp4"]}
    assert (clips.answers, clips.groups) == (["wave", 7], ["3", "4"])
    assert read({"file": "a.mp4"}).answers is None


def test_answers_may_be_several_or_of_moments(read):
    assert read({"file": "a.mp4", "labels": ["x", "y", "x"]}, {"file": "b.mp4", "labels": []}).answers == [
        ["x", "y"],
        [],
    ]
    assert read({"file": "a.mp4", "frame_labels": ["x", "y"]}).answers == [FrameLabels(("x", "y"))]
    spans = [{"start": 1, "end": 2, "label": "y"}, {"start": 0, "end": 0.5, "label": "x"}]
    labels = read({"file": "a.mp4", "spans": spans}).answers[0].at_samples(np.arange(4), 2, "a")
    assert labels.tolist() == ["x", "none", "y", "y"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"label": "x"}, r"t.jsonl:1: expected file, or video, .*, got 'label'"),
        ({"file": 3}, "t.jsonl:1: file: expected a path, got 3"),
        ({"file": "a.mp4", "label": " "}, "t.jsonl:1: label: expected a text or a number, got ' '"),
        ({"file": "a.mp4", "label": ["x"]}, r"t.jsonl:1: label: expected a text or a number, got \['x'\]"),
        ({"file": "a.mp4", "label": "x", "labels": ["x"]}, "t.jsonl:1: expected one of label, .*, got label, labels"),
        ({"file": "a.mp4", "frame_labels": []}, r"t.jsonl:1: frame_labels: expected a list, got \[\]"),
        ({"file": "a.mp4", "spans": [{"start": 0}]}, "t.jsonl:1: spans: expected an object with start, end and label"),
        (
            {"file": "a.mp4", "spans": [{"start": "0", "end": 1, "label": "x"}]},
            "spans: start: expected seconds, got '0'",
        ),
        ({"file": "a.mp4", "spans": [{"start": 2, "end": 1, "label": "x"}]}, "t.jsonl:1: spans: expected a start and"),
        ({"file": "a.mp4", "label": 10**400}, "t.jsonl:1: label: expected a text or a number, got a whole number of"),
        ({"file": "a.mp4", "label": float("nan")}, "t.jsonl:1: label: expected a text or a number, got nan"),
        ({"file": "a" * 5000}, "t.jsonl:1: expected a clip, found nothing at"),
        ({"file": "gone.mp4"}, "t.jsonl:1: expected a clip, found nothing at"),
        ("[]\n", "t.jsonl:1: expected a JSON object"),
    ],
)
def test_a_line_that_is_none_is_refused(read, content, message):
    with pytest.raises(DataError, match=message):
        read(content)
