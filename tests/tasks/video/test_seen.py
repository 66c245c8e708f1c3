"""When a network knew: scores by the share of clips that was seen."""

import numpy as np
import pytest

from recurra.data.sequences.answers import Answers
from recurra.tasks.video import seen

THREE = Answers("class", ["a", "b", "c"])
SURE = 50.0


def _running(*classes: int) -> np.ndarray:
    """Scores of a clip whose answers are these, step by step."""
    return SURE * np.eye(3)[list(classes)]


def test_accuracy_grows_with_the_share_that_was_seen():
    running = [_running(*[1] * 5, *[0] * 5), _running(*[2] * 9, 1)]
    rows = {row["seen"]: row for row in seen.by_share(THREE, running, np.array([0, 2]))}
    assert [rows[share]["accuracy"] for share in (0.1, 0.5, 0.6, 0.9, 1.0)] == [0.5, 0.5, 1.0, 1.0, 0.5]
    assert rows[0.6]["confidence"] == pytest.approx(1)
    assert rows[0.1]["calibration_error"] == pytest.approx(0.5)


def test_a_share_of_a_short_clip_is_at_least_a_step():
    rows = seen.by_share(THREE, [_running(2), _running(0, 1, 1)], np.array([2, 1]))
    assert [row["accuracy"] for row in rows] == [0.5] * 3 + [1.0] * 7


@pytest.mark.parametrize(
    ("classes", "step"), [((0, 1, 1), 1), ((1, 1), 0), ((0,), 0), ((1, 0, 1), 2), ((0, 0, 0, 2), 3)]
)
def test_it_knew_from_the_step_on_after_which_the_answer_stays(classes, step):
    assert seen.knew_at(THREE, _running(*classes)) == step


def test_two_classes_have_one_score():
    two = Answers("class", ["no", "yes"])
    assert seen.knew_at(two, np.array([[-1.0], [2.0], [1.0]])) == 1


def test_the_share_to_know_is_of_the_clips_that_were_answered_right():
    running = [_running(1, 0, 0, 0), _running(2, 2), _running(0, 1)]
    assert seen.share_to_know(THREE, running, np.array([0, 2, 2])) == pytest.approx((0.5 + 0.5) / 2)
    assert seen.share_to_know(THREE, running[2:], np.array([2])) is None


def test_clips_that_are_answered_at_the_end_only_say_nothing_of_when():
    assert seen.summary(THREE, [_running(1), _running(0)], np.array([1, 0])) == {}
    assert set(seen.summary(THREE, [_running(1, 1), _running(0)], np.array([1, 0]))) == {"share_to_know", "by_share"}
