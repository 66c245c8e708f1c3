"""Signals of unlike rates on one line of time."""

import torch

from recurra.tasks.video.timeline import Timeline, taken

TIMELINE = Timeline({"video": 10.0, "inertial": 25.0, "skeleton": 5.0})


def test_a_step_of_another_signal_has_come_when_it_lies_before_the_end_of_the_step():
    lengths = torch.tensor([100])
    assert TIMELINE.positions("video", lengths, 4).tolist() == [[0, 1, 2, 3]]
    assert TIMELINE.positions("inertial", lengths, 4).tolist() == [[2, 4, 7, 9]]  # at 0.08, 0.16, 0.28 and 0.36 s
    assert TIMELINE.positions("skeleton", lengths, 4).tolist() == [[0, 0, 1, 1]]


def test_a_signal_that_is_over_stays_at_its_end():
    assert TIMELINE.positions("inertial", torch.tensor([3, 6]), 4).tolist() == [[2, 2, 2, 2], [2, 4, 5, 5]]


def test_a_clip_lasts_until_all_of_its_signals_are_over():
    lengths = {"video": torch.tensor([4, 0, 9]), "inertial": torch.tensor([25, 3, 0])}
    assert TIMELINE.lengths(lengths).tolist() == [10, 2, 9]


def test_when_all_has_come_each_signal_is_at_its_end():
    for length in range(1, 60):
        steps = int(TIMELINE.lengths({"inertial": torch.tensor([length])})[0])
        assert TIMELINE.positions("inertial", torch.tensor([length]), steps)[0, -1] == length - 1


def test_steps_are_taken_of_each_clip_by_itself():
    values = torch.arange(12.0).view(2, 3, 2)
    assert taken(values, torch.tensor([[0, 2], [1, 1]])).tolist() == [[[0, 1], [4, 5]], [[8, 9], [8, 9]]]
