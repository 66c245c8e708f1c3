import math
from functools import partial

import pytest
import torch

from recurra.bench import timing
from recurra.bench.timing import Here, Timing, Unavailable

ONE = [torch.tensor([1.0, -2.0])]


class Scripted:
    """A way whose results and times are given, that notes when it was asked."""

    def __init__(self, name, log, results=ONE, times=(1.0,), setting="", fails_in=None):
        self.name, self.log, self.results, self.times, self.setting = name, log, results, times, setting
        self.fails_in = fails_in

    def choose(self, seconds):
        if self.fails_in == "choose":
            raise Unavailable("not installed")
        return self.results

    def burst(self, seconds):
        self.log.append((self.name, seconds))
        if self.fails_in == "burst":
            raise Unavailable("ended")
        return list(self.times)


class Clock:
    """Time that passes only in sleep."""

    now = 0.0

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def same_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_ways_run_in_turn_and_the_median_counts():
    log = []
    ours = Scripted("ours", log, times=(1.0, 9.0, 2.0), setting="2 threads")
    peer = Scripted("peer", log, times=(4.0,), setting="unroll=4")
    assert timing.compare(ours, {"peer": peer}, budget=6.0, rounds=3, between=lambda: log.append(("between", 0.0))) == (
        Timing(2.0, "2 threads", spread=4.0),  # half of the calls take between 1 and 9 seconds
        {"peer": Timing(4.0, "unroll=4")},
    )
    assert log == [("between", 0.0), ("ours", 2.0), ("peer", 2.0)] * 3


@pytest.mark.parametrize(
    ("peer", "why"),
    [
        ({"fails_in": "choose"}, "not installed"),
        ({"fails_in": "burst"}, "ended"),
        ({"results": [torch.tensor([1.0, -2.1])]}, "differs by 5e-02"),
        ({"results": [torch.tensor([1.0, math.nan])]}, "differs by nan"),
    ],
    ids=["choose", "burst", "other results", "no number"],
)
def test_a_peer_that_cannot_take_part_is_told_and_stops_nothing(peer, why):
    log = []
    peers = {"first": Scripted("first", log, **peer), "second": Scripted("second", log, times=(3.0,))}
    _, found = timing.compare(Scripted("ours", log), peers, budget=1.0, rounds=2)
    assert list(found.items()) == [("first", why), ("second", Timing(3.0))]
    assert [name for name, _ in log].count("first") == (peer.get("fails_in") == "burst")


def test_results_are_compared_as_far_as_both_have_them_whatever_their_shape():
    some = [torch.tensor([[3.0, -4.0]]), torch.tensor([0.0])]
    assert timing.difference(some, [torch.tensor([3.0, -4.0])]) == 0
    assert timing.difference(some, [torch.tensor([3.0, -4.4])]) == pytest.approx(0.1)
    assert timing.difference(some, [torch.tensor([3.0, -4.0]), torch.tensor([1.0])]) > 1


def test_a_burst_lasts_its_time_and_forgets_the_first_call(clock):
    took = iter([10.0, 1.0, 2.0, 3.0, 4.0])
    assert timing.burst(lambda: clock.sleep(next(took)), 15.5) == [1.0, 2.0, 3.0]


def test_a_burst_of_one_call_counts_it(clock):
    assert timing.burst(lambda: clock.sleep(3.0), 1.0) == [3.0]


def test_the_fastest_setting_is_named_after_each_has_warmed_up(clock):
    took = {"slow": iter([1.0, 3.0, 3.0]), "fast": iter([50.0, 2.0, 2.0])}
    calls = {name: partial(lambda times: clock.sleep(next(times)), times) for name, times in took.items()}
    assert timing.fastest(calls, 3.5) == "fast"


def test_a_way_tries_numbers_of_threads_and_keeps_the_fastest(clock):
    used = []

    def call():
        used.append(torch.get_num_threads())
        clock.sleep({1: 3.0, 2: 2.0}[used[-1]])
        return [torch.tensor(used[-1])]

    way = Here(call, [1, 2])
    assert [int(t) for t in way.choose(0.0)] == [2]
    assert way.setting == "2 threads"
    torch.set_num_threads(1)
    assert way.burst(0.0) == [2.0]


def test_a_way_without_a_choice_has_no_setting():
    way = Here(lambda: [torch.ones(1)], [1])
    way.choose(0.001)
    assert way.setting == ""


def test_gradients_are_there_only_where_the_work_needs_them():
    x = torch.ones(1, requires_grad=True)
    for gradients in (True, False):
        (y,) = Here(lambda: (2 * x, "state"), [1], gradients=gradients, read=lambda found: [found[0]]).choose(0.0)
        assert y.requires_grad == gradients
