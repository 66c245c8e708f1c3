"""Phases of a training: each begins with the best weights of the one before, and goes on after a kill."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from recurra import DataError
from recurra.nn import noise
from recurra.settings.training import TrainingConfig
from recurra.training.batch import Batch
from recurra.training.checkpoint import load_tree
from recurra.training.data_module import Preparation
from recurra.training.phases import Phase, Phases
from recurra.training.processes import Processes
from recurra.training.run import RunFolder
from recurra.training.supervised import Supervised
from recurra.training.supervised_network import SupervisedNetwork
from recurra.training.task import Task
from recurra.training.update import Step
from recurra.training.validation import Validation

ALONE = Processes(0, 1, torch.device("cpu"))
FILE = Path("file")
FIRST_STEPS = 10
SETTINGS = {"epochs": 4, "threads": 1, "evaluate_every": 4, "learning_rate": 0.05, "warmup_steps": 0}
SETTINGS |= {"schedule": "constant", "checkpoint_seconds": 1e6}


@dataclass(frozen=True)
class Numbers(Batch):
    values: Tensor

    @property
    def size(self) -> int:
        return len(self.values)


class Point(SupervisedNetwork[Numbers]):
    """Goes after the mean of the numbers first, and after twice that mean then; each step is a little off."""

    def __init__(self) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(()))
        self.register_buffer("first_place", torch.zeros(()))

    def loss(self, batch: Numbers, state: Any = None) -> tuple[Tensor, Any]:
        return (self.place - batch.values.mean() + 0.1 * noise.normal(like=self.place)) ** 2, None

    def second_loss(self, batch: Numbers, state: Any = None) -> tuple[Tensor, Any]:
        return self.loss(Numbers(2 * batch.values))


class PointDataModule:
    unit, warnings = "numbers", ()

    def steps_per_epoch(self, epoch: int) -> int:
        return 8

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[Numbers]:
        for number in range(start, 8):
            yield Numbers(torch.tensor([1.0, 1.1]) + number / 100)


class PointTask(Task[TrainingConfig, Point]):
    name, Config, artifacts = "point", TrainingConfig, ()

    def _build(self) -> Point:
        return Point()

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[Point]:
        validation = Validation(
            "valid_error", lambda network: {"valid_error": float(abs(network.place.detach() - 0.4))}
        )
        return Preparation(self._build(), PointDataModule(), validation, {"train": "", "valid": ""})

    def _make_update(self, network: Point, steps: int, together: Processes) -> Phases:
        def begin_second() -> Supervised:
            network.first_place.copy_(network.place.detach())
            return Supervised(network, self.config, steps - FIRST_STEPS, together, "second", network.second_loss)

        first = Phase(FIRST_STEPS, lambda: Supervised(network, self.config, FIRST_STEPS, together, "first"))
        return Phases(network, [first, Phase(steps - FIRST_STEPS, begin_second)])

    def _save_artifacts(self, folder: Path) -> None:
        pass

    def _load_artifacts(self, folder: Path) -> None:
        pass


def _records(run: Path) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [record | {"seconds": 0.0} for record in records]


def _data(folder: Path) -> Path:
    (folder / "data.txt").write_text("")
    return folder / "data.txt"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training that nobody disturbs, and the data of it."""
    folder = tmp_path_factory.mktemp("phases")
    data = _data(folder)
    PointTask(**SETTINGS).fit(data, out=folder / "whole", progress=False)
    return data, folder / "whole"


def test_a_phase_ends_with_an_evaluation_and_has_names_of_its_own(whole):
    _, run = whole
    records = _records(run)
    assert [record["step"] for record in records] == [4, 8, 10, 12, 16, 20, 24, 28, 32]
    for record in records:
        phase, other = ("first", "second") if record["step"] <= FIRST_STEPS else ("second", "first")
        assert f"train_{phase}_loss" in record
        assert f"{phase}_learning_rate" in record
        assert f"train_{other}_loss" not in record
    assert "phase 2 of 2 begins" in (run / "train.log").read_text()


def test_the_next_phase_begins_with_the_best_weights_and_seeks_its_own(whole):
    _, run = whole
    records = _records(run)
    of_first = min(record["valid_error"] for record in records if record["step"] <= FIRST_STEPS)
    of_second = min(record["valid_error"] for record in records if record["step"] > FIRST_STEPS)
    weights = load_file(run / "model.safetensors")
    assert float(abs(weights["first_place"] - 0.4)) == pytest.approx(of_first)
    assert float(abs(weights["place"] - 0.4)) == pytest.approx(of_second)
    assert PointTask.load(run).weights_ == "best"


def test_the_scores_of_a_task_are_those_of_its_last_phase(tmp_path, whole):
    data, run = whole
    task = PointTask(**SETTINGS).fit(data, out=tmp_path / "run", progress=False)
    of_second = [record["valid_error"] for record in _records(run) if record["step"] > FIRST_STEPS]
    assert task.scores_ == {"valid_error": min(of_second)}
    assert task.scores_["valid_error"] > min(record["valid_error"] for record in _records(run))


@pytest.mark.parametrize(("steps", "saved", "phase"), [(6, 4, 0), (10, 10, 1), (18, 16, 1)])
def test_a_killed_training_goes_on_in_its_phase_to_the_same_bits(steps, saved, phase, whole, tmp_path, forked):
    data, run = whole
    process = forked.run_file(__file__, data, tmp_path / "killed", steps)
    assert process.returncode == -signal.SIGKILL, process.stderr
    killed = RunFolder(tmp_path / "killed")
    tree = load_tree(killed.last_file)
    assert (tree["position"]["step"], tree["update"]["phase"]) == (saved, phase)
    PointTask.resume(killed.path, progress=False)
    for file in ("model.safetensors", "last/checkpoint.safetensors"):
        before, after = load_file(run / file), load_file(killed.path / file)
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name], after[name]) for name in before)
    assert _records(run) == _records(killed.path)


def test_only_the_last_phase_stops_early(tmp_path, whole):
    data, _ = whole
    PointTask(**SETTINGS | {"evaluate_every": 1, "early_stopping": 1, "learning_rate": 1e-30}).fit(
        data, out=tmp_path / "run", progress=False
    )
    steps = [record["step"] for record in _records(tmp_path / "run")]
    assert steps == list(range(1, FIRST_STEPS + 3))  # of the last phase, the first evaluation and one without progress


def _phases(*steps: int) -> Phases:
    network, config = Point(), TrainingConfig()
    return Phases(network, [Phase(count, lambda: Supervised(network, config, 8, ALONE)) for count in steps])


def test_phases_without_steps_are_left_out():
    update = _phases(0, 5, 0, 3)
    assert [count for count in range(9) if update.ends_phase(count)] == [5]
    assert not update.is_last
    update.begin_next(update.network.state_dict())
    assert update.is_last
    assert not any(update.ends_phase(count) for count in range(9))


def test_each_phase_counts_its_own_steps():
    numbers = []

    class Counting(Supervised):
        def step(self, batch, number):
            numbers.append(number)
            return Step({}, {}, {})

    network = Point()
    begin = lambda: Counting(network, TrainingConfig(), 8, ALONE)  # noqa: E731
    update = Phases(network, [Phase(2, begin), Phase(2, begin)])
    update.step(None, 1)
    update.begin_next(network.state_dict())
    update.step(None, 2)
    assert numbers == [1, 0]


@pytest.mark.parametrize("change", [{"phase": 2}, {"phase": True}, {"phase": "0"}, {"update": {}}], ids=str)
def test_a_state_of_other_phases_is_refused(change):
    update = _phases(5, 3)
    saved, of_process = update.state_dict(), update.process_state()
    update.require_state(saved, [of_process], lambda: None, FILE)
    with pytest.raises(DataError, match="file: expected a checkpoint of this training with"):
        update.require_state(saved | change, [of_process], lambda: None, FILE)


def _train_and_die(data: Path, out: Path, steps: int) -> None:
    """Train, and be killed in the middle of the step after so many."""
    step = Phases.step

    def killed(update: Phases, batch: Numbers | None, number: int) -> Step:
        result = step(update, batch, number)
        if number == steps:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    Phases.step = killed
    PointTask(**SETTINGS).fit(data, out=out, progress=False)


if __name__ == "__main__":
    _train_and_die(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
