import pytest

from recurra.serve.protection.token_buckets import TokenBuckets


@pytest.fixture
def clock():
    """A clock that stands where it is put."""

    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    return Clock()


def test_a_minutes_worth_passes_at_once_and_no_more(clock):
    buckets = TokenBuckets(clock=clock)
    assert [buckets.take("a", 3).passes for _ in range(5)] == [True, True, True, False, False]
    assert buckets.take("b", 3).passes


def test_a_bucket_fills_as_time_goes_on(clock):
    buckets = TokenBuckets(clock=clock)
    for _ in range(60):
        buckets.take("a", 60)
    allowance = buckets.take("a", 60)
    assert (allowance.passes, allowance.remaining) == (False, 0)
    assert allowance.seconds_to_next == pytest.approx(1)
    assert allowance.seconds_to_full == pytest.approx(60)
    clock.now += allowance.seconds_to_next
    assert buckets.take("a", 60).passes
    assert not buckets.take("a", 60).passes
    clock.now += 3600
    assert buckets.take("a", 60).remaining == 59  # it never holds more than a minute's worth


def test_only_so_many_are_kept(clock):
    buckets = TokenBuckets(most=2, clock=clock)
    for owner in ("a", "b", "a", "c"):  # b was used least lately
        buckets.take(owner, 2)
    assert buckets.take("a", 2).remaining == 0
    assert not buckets.take("a", 2).passes
