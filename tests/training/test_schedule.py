import pytest

from recurra.settings.training import TrainingConfig
from recurra.training.schedule import factor, warnings


@pytest.mark.parametrize("kind", ["cosine", "linear", "constant", "plateau"])
def test_warmup_rises_in_equal_steps_to_the_full_rate(kind):
    config = TrainingConfig(schedule=kind, warmup_steps=4)
    assert [factor(config, step, 1000) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("kind", ["cosine", "linear"])
def test_falling_schedules_end_at_the_final_share(kind):
    config = TrainingConfig(schedule=kind, warmup_steps=0, final_learning_rate=0.1)
    values = [factor(config, step, 100) for step in range(101)]
    assert values[0] == 1.0
    assert values[50] == pytest.approx(0.55)
    assert values[100] == pytest.approx(0.1)
    assert values == sorted(values, reverse=True)


def test_constant_stays():
    config = TrainingConfig(schedule="constant", warmup_steps=0)
    assert {factor(config, step, 50) for step in range(50)} == {1.0}


def test_warmup_takes_at_most_a_tenth_of_a_short_training():
    assert factor(TrainingConfig(warmup_steps=100), 1, 20) == 1.0


def test_a_warmup_that_is_cut_is_told_with_what_helps():
    assert warnings(TrainingConfig(warmup_steps=100), 1000) == []
    assert warnings(TrainingConfig(warmup_steps=100), 600) == ["600 steps in all: warm-up cut from 100 to 60"]
    (warning,) = warnings(TrainingConfig(warmup_steps=100), 60)
    assert warning.startswith("60 steps in all: warm-up cut from 100 to 6; ")
    assert "more epochs or a smaller batch_size" in warning
