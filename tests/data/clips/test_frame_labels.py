import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips.frame_labels import BACKGROUND, FrameLabels, Span, spans_of


def labelled(*spans):
    return [(Span(*span), f"t.csv:{i}") for i, span in enumerate(spans, 2)]


def test_spans_label_the_samples_of_their_time():
    spans = spans_of(labelled((0.5, 0.8, "b"), (0.1, 0.3, "a")))
    labels = spans.at_samples(np.arange(10), 10, "clip")
    assert labels.tolist() == [BACKGROUND, "a", "a", BACKGROUND, BACKGROUND, "b", "b", "b", BACKGROUND, BACKGROUND]


def test_times_that_are_rounded_belong_to_their_sample():
    spans = spans_of(
        labelled(
            (0.333333, 0.666667, "a"),
        )
    )
    assert spans.at_samples(np.arange(3), 3, "clip").tolist() == [BACKGROUND, "a", BACKGROUND]


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([(0.5, 0.5, "a")], "t.csv:2: expected a start and an end behind it, got 0.5 and 0.5"),
        ([(-1, 0.5, "a")], "t.csv:2: expected a start and an end behind it, got -1 and 0.5"),
        ([(0.4, 1, "a"), (0, 0.5, "b")], "t.csv:2: expected a start at 0.5 or later, .*, got 0.4"),
    ],
)
def test_spans_that_are_none_or_meet_are_refused(spans, message):
    with pytest.raises(DataError, match=message):
        spans_of(labelled(*spans))


def test_labels_of_frames_go_to_the_samples_that_show_these():
    labels = FrameLabels(tuple("aabbcc"))
    assert labels.at_samples(np.array([0, 2, 4]), 15, "clip").tolist() == ["a", "b", "c"]
    assert labels.at_samples(np.array([0, 0, 1, 2, 3, 4, 5]), 60, "clip").tolist() == list("aaabbcc")
    assert FrameLabels((1, 2)).at_samples(np.arange(2), 1, "clip").tolist() == [1, 2]


def test_labels_of_other_frames_are_refused():
    for sources, message in (
        (np.arange(5), "5 labels"),
        (np.arange(7), "7 labels"),
        (np.array([0, 2]), "3 to 4 labels"),
    ):
        with pytest.raises(DataError, match=f"clip: expected {message}, one for each frame, got 6"):
            FrameLabels(tuple("aabbcc")).at_samples(sources, 15, "clip")
