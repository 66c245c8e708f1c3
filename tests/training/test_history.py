"""What a training has written, read again."""

import json
import os

import pytest

from recurra.training.adversarial_health import AdversarialHealth
from recurra.training.history import read_history
from recurra.training.lock import locked
from recurra.training.progress import Reporter
from recurra.training.run import RunFolder


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path)


def record(step, loss):
    return {"epoch": step // 10, "step": step, "train_loss": loss, "seconds": 0.1}


def tell(run, *records, best=(), total=30):
    """Write what a training writes after evaluations."""
    reporter = Reporter(total, "tokens", run.log_file, show=False)
    for each in records:
        reporter.evaluation(each, each["step"] in best)
    return reporter


def test_a_training_that_goes_on(run):
    records = [record(10, 2.0), record(20, 1.0)]
    run.write_metrics(records)
    tell(run, *records, best=(10, 20)).line("step 24/30  loss 0.9000  7 tokens/s  0:01 left")
    history = read_history(run)
    assert history.records == records
    assert (history.best_step, history.step, history.total_steps, history.is_over) == (20, 24, 30, False)
    assert history.troubles == {}


def test_a_training_is_over_at_its_last_step_or_when_it_says_so(run):
    reporter = tell(run, record(10, 2.0), record(20, 2.5), best=(10,))
    reporter.line("stopped early: no progress in 1 evaluations")
    assert read_history(run).is_over
    assert read_history(run).best_step == 10
    tell(run, record(29, 3.0))
    assert not read_history(run).is_over
    tell(run, record(30, 3.0))
    assert read_history(run).is_over


def test_a_training_that_says_so_is_interrupted(run):
    reporter = tell(run, record(10, 2.0))
    assert not read_history(run).is_interrupted
    reporter.line("interrupted at step 10; all is saved; to go on: recurra train --resume x")
    assert read_history(run).is_interrupted
    tell(run, record(20, 1.0))  # somebody goes on with it
    assert not read_history(run).is_interrupted
    tell(run, record(30, 1.0)).line("interrupted at step 30")
    assert not read_history(run).is_interrupted  # it was over


def test_one_that_is_silent_and_holds_no_folder_is_interrupted_too(run):
    run.write_metrics([record(10, 2.0)])
    tell(run, record(10, 2.0))
    for file in (run.metrics_file, run.log_file):
        os.utime(file, (1e9, 1e9))
    assert read_history(run).is_interrupted
    with locked(run.path):
        assert not read_history(run).is_interrupted
    assert read_history(run).is_interrupted


@pytest.mark.parametrize("rest", ['{"epoch": 2, "st', '{"epoch": 2, "step": 20}', "\xff"])
def test_a_half_written_line_is_left_out(run, rest):
    run.metrics_file.write_text(json.dumps(record(10, 2.0)) + "\n" + rest)
    assert read_history(run).records == [record(10, 2.0)]


@pytest.mark.parametrize("rubbish", ["", "[1]", "{}", '{"epoch": 1, "step": "x"}', "[" * 100_000])
def test_rubbish_is_left_out(run, rubbish):
    run.metrics_file.write_text(rubbish + "\n" + json.dumps(record(10, 2.0)) + "\n")
    assert read_history(run).records == [record(10, 2.0)]


def test_nothing_is_known_of_an_empty_folder(run):
    history = read_history(run)
    assert (history.records, history.best_step, history.step, history.total_steps) == ([], None, None, None)
    assert history.is_over


def test_troubles_between_the_players_are_found(run):
    health = AdversarialHealth()
    scores = {"discriminator_accuracy": 1.0, "made_spread": 0.001, "real_spread": 1.0}
    said = [warning for _ in range(1000) for warning in health.warnings(scores)]
    reporter = tell(run, record(10, 2.0))
    for warning in said:
        reporter.line(warning)
    assert list(read_history(run).troubles) == ["collapsed", "won"]
    assert sorted(read_history(run).troubles.values()) == sorted(said)
