import pytest

from recurra.settings.training import TrainingConfig
from recurra.training.clock import Clock


@pytest.fixture
def time(monkeypatch):
    """Seconds, which go on only where a test says so."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_a_checkpoint_is_due_when_its_time_has_come_and_again_after_as_long(time):
    clock = Clock(TrainingConfig(checkpoint_seconds=30))
    assert not clock.overdue()
    time[0] += 31
    assert clock.overdue()
    clock.restart()
    assert not clock.overdue()


def test_a_picture_is_drawn_every_ten_seconds(time):
    clock = Clock(TrainingConfig())
    assert not clock.takes_picture()
    time[0] += 11
    assert clock.takes_picture()
    assert not clock.takes_picture()


def test_a_session_is_over_after_its_minutes_or_never(time):
    limited, endless = Clock(TrainingConfig(max_minutes=2)), Clock(TrainingConfig())
    time[0] += 119
    assert not limited.over()
    time[0] += 1
    assert limited.over()
    assert not endless.over()
