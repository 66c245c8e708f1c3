"""How far back a classifier of clips remembers."""

import pytest

import recurra
from recurra.explain import memory


def test_what_flashed_three_frames_before_the_end_is_remembered_that_long(video_classifier, flashes):
    made = memory(video_classifier, flashes)
    steps = dict(zip(made.curve.steps, made.curve.losses, strict=True))
    assert steps[1] > 0.4  # a frame or two tell nothing
    assert steps[4] < 0.5 * steps[1]
    assert made.step == "step"


def test_an_answer_at_every_frame_is_not_measured(video_classifier, flashes, monkeypatch):
    monkeypatch.setattr(video_classifier.network.answers, "per_step", True)
    with pytest.raises(recurra.DataError, match="expected a classifier with one answer a clip"):
        memory(video_classifier, flashes)
