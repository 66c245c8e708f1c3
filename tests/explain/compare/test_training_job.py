import dataclasses

import pytest

from recurra import DataError
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.training_job import TrainingJob


def job(folder, **settings):
    chosen = {"task": "adding", "length": 8, "hidden_size": 4, "steps_per_epoch": 5, "epochs": 2, "threads": 1}
    return TrainingJob(ComparedConfig(**chosen | settings), "", True, folder)


def test_a_training_is_done_once_and_goes_on_for_a_larger_budget(tmp_path):
    result = job(tmp_path).run()
    assert (result.steps, result.network, len(result.profile)) == (10, "gru", 8)
    assert result.parameters == 4 * 2 * 3 + 4 * 4 * 3 + 2 * 12 + 5
    stamp = (tmp_path / "adding-8-gru-seed1" / "model.safetensors").stat().st_mtime_ns
    assert dataclasses.asdict(job(tmp_path).run()) == dataclasses.asdict(result)
    assert (tmp_path / "adding-8-gru-seed1" / "model.safetensors").stat().st_mtime_ns == stamp
    assert job(tmp_path, epochs=3).run().steps == 15


def test_what_was_measured_is_the_same_after_a_training_that_was_cut_short(tmp_path):
    whole = job(tmp_path / "whole").run()
    again = job(tmp_path / "again")
    again.run()
    again.result_file.unlink()  # as where it was killed before it could write
    result = again.run()
    assert (result.loss, result.profile, result.start_profile) == (whole.loss, whole.profile, whole.start_profile)


def test_other_settings_are_refused_unless_they_may_replace(tmp_path):
    job(tmp_path).run()
    other = job(tmp_path, hidden_size=5)
    with pytest.raises(DataError, match="expected a training with hidden_size 5, got one with 4; give another --out"):
        other.refuse_other_settings()
    replacing = dataclasses.replace(other, overwrite=True)
    replacing.refuse_other_settings()
    assert replacing.run().parameters != job(tmp_path).parameter_counter()(4)


def test_time_that_is_used_up_ends_a_training(tmp_path):
    result = job(tmp_path, epochs=100_000, max_minutes=0.002).run()
    assert result.is_out_of_time
    assert result.steps < 100_000
    assert job(tmp_path, epochs=100_000, max_minutes=0.002).finished() is not None
    assert job(tmp_path, epochs=100_000, max_minutes=0.004).finished() is None


def test_a_training_that_diverges_has_a_result(tmp_path):
    result = job(tmp_path, network_name="relu", learning_rate=1e4, epochs=30, length=50, warmup_steps=0).run()
    assert result.diverged
    assert not result.is_solved
    assert job(tmp_path, network_name="relu", learning_rate=1e4, epochs=30, length=50, warmup_steps=0).finished()
