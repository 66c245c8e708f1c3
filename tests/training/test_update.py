"""What learns from a batch need not be one network: two that play against each other train, are drawn and resume."""

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from recurra import DataError, TrainingDiverged
from recurra.nn.generators import generator_for
from recurra.settings.training import TrainingConfig
from recurra.training.batch import Batch
from recurra.training.checkpoint import load_tree
from recurra.training.data_module import Preparation
from recurra.training.optimizer import NetworkOptimizer
from recurra.training.processes import Processes
from recurra.training.run import RunFolder
from recurra.training.saved_state import require, require_entries, require_weights
from recurra.training.task import Task
from recurra.training.update import Step, require_finite
from recurra.training.validation import Validation

CRITIC_STEPS = 3  # of the critic, for one of the generator
NOISE = 4  # numbers that the generator makes one of
SETTINGS = {
    "batch_size": 32,
    "epochs": 5,
    "threads": 1,
    "evaluate_every": 25,
    "learning_rate": 0.02,
    "checkpoint_seconds": 1e6,
}


@dataclass(frozen=True)
class Numbers(Batch):
    """Numbers as the generator is to make them, (B, 1)."""

    values: Tensor

    @property
    def size(self) -> int:
        return len(self.values)


class NumbersDataModule:
    unit, warnings = "numbers", ()

    def __init__(self, values: Tensor, config: TrainingConfig):
        self.values, self.config = values, config

    def steps_per_epoch(self, epoch: int) -> int:
        return len(self.values) // self.config.batch_size

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[Numbers]:
        order = torch.randperm(len(self.values), generator=torch.Generator().manual_seed(epoch))
        for number in range(start, self.steps_per_epoch(epoch)):
            rows = order[number * self.config.batch_size :][: self.config.batch_size]
            yield Numbers(self.values[rows][rank::world_size])


class Adversarial:
    """A generator and a critic, each with an optimizer of its own; the critic takes several steps for one."""

    loss_unit = "nats a number"

    def __init__(self, network: nn.ModuleDict, config: TrainingConfig, processes: Processes):
        self.network, self.config, self.processes = network, config, processes
        self.generator, self.critic = network["generator"], network["critic"]
        self.optimizers = {name: NetworkOptimizer(network[name], config, processes, name) for name in network}
        self.since_generator = 0  # steps of the critic since the generator's last

    @property
    def evaluated_network(self) -> nn.Module:
        return self.network

    def step(self, batch: Numbers | None, number: int) -> Step:
        assert batch is not None
        batch = batch.to(self.processes.device)
        losses, norms, rate = {}, {}, self.config.learning_rate
        real, made = self.critic(batch.values), self.critic(self.make(batch.size).detach())
        loss = F.softplus(-real).mean() + F.softplus(made).mean()
        losses["critic_loss"], norms["critic_gradient_norm"] = self.optimizers["critic"].step(loss, rate)
        self.since_generator += 1
        if self.since_generator == CRITIC_STEPS:
            self.since_generator = 0
            loss = F.softplus(-self.critic(self.make(batch.size))).mean()
            losses["generator_loss"], norms["generator_gradient_norm"] = self.optimizers["generator"].step(loss, rate)
        return Step(losses, norms, {"critic_learning_rate": rate, "generator_learning_rate": rate})

    def make(self, count: int) -> Tensor:
        noise = torch.empty(count, NOISE, device=self.processes.device)
        return self.generator(noise.normal_(generator=generator_for(noise)))

    def end_epoch(self) -> None:
        pass

    def stall(self, evaluations: int) -> None:
        pass

    def state_dict(self) -> dict[str, Any]:
        optimizers = {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()}
        return {"network": self.network.state_dict(), "optimizers": optimizers, "since_generator": self.since_generator}

    def process_state(self) -> dict[str, Any]:
        return {}

    def require_state(self, saved: Any, of_processes: Any, first_batch: Any, file: Path) -> None:
        require_entries(saved, ("network", "optimizers", "since_generator"), file)
        require_weights(saved["network"], self.network, file)
        require_entries(saved["optimizers"], tuple(self.optimizers), file)
        for name, optimizer in self.optimizers.items():
            optimizer.require_state(saved["optimizers"][name], file)
        require(saved["since_generator"] in range(CRITIC_STEPS), file, "steps of its critic")

    def load_state(self, saved: dict[str, Any], of_process: dict[str, Any]) -> None:
        self.network.load_state_dict(saved["network"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state(saved["optimizers"][name])
        self.since_generator = saved["since_generator"]


class NumbersGAN(Task[TrainingConfig, nn.ModuleDict]):
    """Makes numbers like those of a file."""

    name, Config, artifacts = "numbers-gan", TrainingConfig, ()

    def _build(self) -> nn.ModuleDict:
        generator = nn.Sequential(nn.Linear(NOISE, 16), nn.Tanh(), nn.Linear(16, 1))
        critic = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
        return nn.ModuleDict({"generator": generator, "critic": critic})

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[nn.ModuleDict]:
        values = torch.tensor([float(line) for line in Path(data).read_text().split()]).unsqueeze(-1)
        validation = Validation("valid_distance", lambda network: {"valid_distance": distance(network, values)})
        prints = {"train": str(float(values.sum())), "valid": ""}
        return Preparation(self._build(), NumbersDataModule(values, self.config), validation, prints)

    def _make_update(self, network: nn.ModuleDict, steps: int, together: Processes) -> Adversarial:
        return Adversarial(network, self.config, together)

    def _save_artifacts(self, folder: Path) -> None:
        pass

    def _load_artifacts(self, folder: Path) -> None:
        pass


@torch.no_grad()
def distance(network: nn.ModuleDict, values: Tensor) -> float:
    """How far mean and deviation of what is made are from those of what there is."""
    made = network["generator"](torch.randn(1000, NOISE, generator=torch.Generator().manual_seed(0)))
    return float((made.mean() - values.mean()).abs() + (made.std() - values.std()).abs())


def _data(folder: Path) -> Path:
    values = 4 + 0.5 * torch.randn(1024, generator=torch.Generator().manual_seed(0))
    (folder / "numbers.txt").write_text("\n".join(map(str, values.tolist())))
    return folder / "numbers.txt"


def _fit(data: Path, out: Path) -> NumbersGAN:
    return NumbersGAN(**SETTINGS).fit(data, out=out, progress=False)


def _records(run: Path) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [record | {"seconds": 0.0} for record in records]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training that nobody disturbs, and the data of it."""
    folder = tmp_path_factory.mktemp("gan")
    data = _data(folder)
    _fit(data, folder / "whole")
    return data, folder / "whole"


def test_two_networks_learn_from_each_other(whole):
    data, run = whole
    untrained = NumbersGAN(**SETTINGS)._build()
    values = torch.tensor([float(line) for line in data.read_text().split()])
    loaded = NumbersGAN.load(run)
    assert distance(loaded.network, values) < 0.5 * distance(untrained, values)
    assert loaded.weights_ == "best"


def test_each_is_told_and_drawn_by_its_name(whole):
    _, run = whole
    for record in _records(run):
        names = ("train_critic_loss", "train_generator_loss", "critic_gradient_norm", "generator_gradient_norm")
        assert all(math.isfinite(record[name]) for name in names)
    log = (run / "train.log").read_text()
    assert "training critic loss " in log
    assert "generator loss " in log
    page = (run / "curves.html").read_text(encoding="utf-8")
    for curve in ("critic training", "generator training", "generator gradient norm", "critic learning rate"):
        assert curve in page
    assert "loss, nats a number" in page


def test_the_critic_takes_several_steps_for_one_of_the_generator(whole):
    _, run = whole
    tree = load_tree(RunFolder(run).last_file)
    optimizers = tree["update"]["optimizers"]
    critic, generator = (float(optimizers[name]["state"][0]["step"]) for name in ("critic", "generator"))
    assert critic == tree["position"]["step"] == 5 * 32
    assert generator == critic // CRITIC_STEPS


@pytest.mark.parametrize(("steps", "saved"), [(10, 0), (60, 50)])  # the last evaluation was after 50: amid a round
def test_a_killed_training_of_two_networks_resumes_to_the_same_bits(steps, saved, whole, tmp_path):
    data, run = whole
    command = [sys.executable, __file__, str(data), str(tmp_path / "killed"), str(steps)]
    process = subprocess.run(command, capture_output=True, timeout=600, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    killed = RunFolder(tmp_path / "killed")
    assert load_tree(killed.last_file)["position"]["step"] == saved
    resumed = NumbersGAN.resume(killed.path, progress=False)
    for file in ("model.safetensors", "last/checkpoint.safetensors"):
        before, after = load_file(run / file), load_file(killed.path / file)
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name], after[name]) for name in before)
    assert _records(run) == _records(killed.path)
    assert resumed.finished_


def test_a_state_of_another_update_is_refused(whole, tmp_path):
    config = TrainingConfig(**SETTINGS)
    network = NumbersGAN()._build()
    update = Adversarial(network, config, Processes(0, 1, torch.device("cpu")))
    saved = update.state_dict()
    update.require_state(saved, [{}], None, tmp_path)
    wrong = [{}, saved | {"since_generator": 3}, saved | {"network": {}}, saved | {"optimizers": {}}]
    other = saved["optimizers"] | {"critic": {"state": {}, "param_groups": []}}
    for state in [*wrong, saved | {"optimizers": other}]:
        with pytest.raises(DataError, match="expected a checkpoint of this training with"):
            update.require_state(state, [{}], None, tmp_path)


def test_what_is_not_finite_is_named():
    require_finite({"critic_loss": 1.0}, {"critic_gradient_norm": 2.0})
    with pytest.raises(TrainingDiverged, match=r"got critic loss 1\.0 and critic gradient norm inf"):
        require_finite({"critic_loss": 1.0}, {"critic_gradient_norm": math.inf})


def _train_and_die(data: Path, out: Path, steps: int) -> None:
    """Train, and be killed in the middle of the step after so many."""
    step = Adversarial.step

    def killed(update: Adversarial, batch: Numbers | None, number: int) -> Step:
        result = step(update, batch, number)
        if number == steps:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    Adversarial.step = killed
    _fit(data, out)


if __name__ == "__main__":
    _train_and_die(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
