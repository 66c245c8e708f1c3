"""The peak is the highest rate that was seen, and no work is above it."""

import pytest

from recurra.bench.peak import Peak
from recurra.kernels import compiled


@pytest.fixture
def rates(monkeypatch):
    """Let the machine reach these rates, one after the other."""

    def rates(*values):
        left = list(values)
        monkeypatch.setattr(compiled, "peak_gflops", lambda threads: left.pop(0))

    return rates


def test_the_highest_counts(rates):
    rates(100.0, 150.0, 120.0)
    peak, seen = Peak(2), []
    for _ in range(3):
        peak.measure()
        seen.append(peak.gflops)
    assert seen == [100.0, 150.0, 150.0]


def test_work_that_is_faster_than_what_was_measured_raises_it(rates):
    rates(100.0)
    peak = Peak(1)
    peak.measure()
    peak.reached(208.0)
    peak.reached(90.0)
    assert peak.gflops == 208.0


def test_where_nobody_can_tell_work_does_not_either(rates):
    rates(0.0)
    peak = Peak(1)
    peak.measure()
    peak.reached(50.0)
    assert peak.gflops == 0.0
