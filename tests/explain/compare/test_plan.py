from pathlib import Path

import pytest

from recurra import DataError
from recurra.explain.compare.plan import plan
from recurra.nn.cells import CELLS, GRUCell, RNNCell

NOWHERE = Path("/nowhere")


def make(cells=("gru",), task="adding", lengths=(20,), seeds=1, folder=NOWHERE, **more):
    chosen = {"steps": 250, "parameters": None, "shortest": None, "is_regression": False, "overwrite": False}
    settings = more.pop("settings", {})
    return plan(list(cells), task, list(lengths), seeds, folder, **chosen | more, settings=settings)


def test_each_network_is_trained_at_each_length_with_each_seed():
    planned = make(["rnn", "gru"], lengths=[50, 10], seeds=3)
    assert planned.lengths == [10, 50]
    keys = [(job.config.length, job.config.network_name, job.config.seed) for job in planned.jobs]
    assert keys == [(length, name, seed) for length in (10, 50) for name in ("rnn", "gru") for seed in (1, 2, 3)]
    assert {(job.config.epochs, job.config.steps_per_epoch) for job in planned.jobs} == {(3, 100)}
    assert planned.metric == "squared error"
    assert all(job.is_regression for job in planned.jobs)
    assert len({job.name for job in planned.jobs}) == 12


def test_lengths_within_a_batch_differ_where_the_task_allows_it():
    assert make(lengths=[5]).jobs[0].config.shortest == 5
    assert make(lengths=[50]).jobs[0].config.shortest == 10
    assert make(lengths=[50], shortest=0).jobs[0].config.shortest == 0
    assert make(task="mnist", lengths=[28]).jobs[0].config.shortest == 0


def test_an_answer_at_every_step_and_clipping_are_settings_of_a_training():
    assert make(task="parity").jobs[0].config.per_step
    assert not make(task="parity/end").jobs[0].config.per_step
    assert [job.config.clip_norm for job in make(["gru", "gru+clip"]).jobs] == [0, 1]


@pytest.mark.parametrize("name", ["mlp", "unitary", "rnn", "lstm", "gru", "bigru"])
@pytest.mark.parametrize("task", ["adding", "copy"])
def test_networks_are_given_about_as_many_parameters(name, task):
    job = make([name], task=task, parameters=20_000).jobs[0]
    assert job.parameter_counter()(job.config.hidden_size) == pytest.approx(20_000, rel=0.03)


def test_a_class_is_named_by_its_module_or_trained_in_this_process(monkeypatch):
    monkeypatch.setattr("recurra.nn.cells.CELLS", CELLS)

    class Local(RNNCell):
        pass

    planned = make([Local])
    assert planned.is_local
    assert CELLS.pop("Local") is Local
    assert make([GRUCell]).networks == ["gru"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cells": []}, "cells: expected at least one network, got none"),
        ({"cells": ["gru", "gru"]}, "cells: expected each network once, got 'gru' twice"),
        ({"cells": [3]}, "cells: expected names, or subclasses of recurra.nn.cells.Cell, got 3"),
        ({"lengths": []}, "lengths: expected at least one, got none"),
        ({"lengths": [0]}, "lengths: expected a whole number of at least 1, got 0"),
        ({"lengths": [1]}, "task adding: length: expected a whole number of at least 2, got 1"),
        ({"task": "mnist", "lengths": [100]}, "task mnist: length: expected a divisor of 784"),
        ({"task": "additions"}, "additions: expected a file, a folder or a named data set"),
        ({"task": None}, "task: expected one of adding, copy"),
        ({"seeds": 0}, "seeds: expected a whole number of at least 1, got 0"),
        ({"steps": 0}, "steps: expected a whole number of at least 1, got 0"),
        ({"parameters": 3}, "parameters: expected 17 to "),
        ({"settings": {"hidden": 3}}, "settings: expected some of .*, got 'hidden'"),
        ({"settings": {"learning_rate": -1.0}}, "learning_rate: expected a number above 0, got -1.0"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_any_training(arguments, message):
    with pytest.raises(DataError, match=f"^{message}"):
        make(**arguments)
