"""Two networks that play against each other: they learn, are drawn, and go on after a kill to the same bits."""

import json
import math
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
from torch.nn import functional as F

from recurra import DataError, TrainingDiverged
from recurra.nn import noise
from recurra.settings.adversarial import AdversarialConfig
from recurra.training.adversarial import Adversarial
from recurra.training.adversarial_health import ranking_accuracy, spread
from recurra.training.adversarial_network import AdversarialNetwork, Loss
from recurra.training.batch import Batch
from recurra.training.checkpoint import load_tree
from recurra.training.data_module import Preparation
from recurra.training.processes import Processes
from recurra.training.run import RunFolder
from recurra.training.task import Task
from recurra.training.update import Step
from recurra.training.validation import Validation

DISCRIMINATOR_STEPS = 3  # of the discriminator, for one of the generator
ALONE = Processes(0, 1, torch.device("cpu"))
NOISE = 4  # numbers that the generator makes one of
SETTINGS = {
    "batch_size": 32,
    "epochs": 5,
    "threads": 1,
    "evaluate_every": 25,
    "learning_rate": 0.02,
    "checkpoint_seconds": 1e6,
    "beta1": 0.9,
    "discriminator_steps": DISCRIMINATOR_STEPS,
    "average_decay": 0.9,
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

    def __init__(self, values: Tensor, config: AdversarialConfig):
        self.values, self.config = values, config

    def steps_per_epoch(self, epoch: int) -> int:
        return len(self.values) // self.config.batch_size

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[Numbers]:
        order = torch.randperm(len(self.values), generator=torch.Generator().manual_seed(epoch))
        for number in range(start, self.steps_per_epoch(epoch)):
            rows = order[number * self.config.batch_size :][: self.config.batch_size]
            yield Numbers(self.values[rows][rank::world_size])


class NumbersNetwork(AdversarialNetwork[Numbers]):
    """Makes a number of noise; the discriminator scores numbers."""

    loss_unit = "nats a number"

    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Sequential(nn.Linear(NOISE, 16), nn.Tanh(), nn.Linear(16, 1))
        self.discriminator = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))

    def make(self, like: Tensor) -> Tensor:
        return self.generator(noise.normal(len(like), NOISE, like=like))

    def discriminator_loss(self, batch: Numbers) -> Loss:
        made = self.make(batch.values)
        assert not made.requires_grad
        real_scores, made_scores = self.discriminator(batch.values), self.discriminator(made)
        loss = F.softplus(-real_scores).mean() + F.softplus(made_scores).mean()
        scores = {
            "real_score": real_scores.mean(),
            "made_score": made_scores.mean(),
            "discriminator_accuracy": ranking_accuracy(real_scores, made_scores),
            "real_spread": spread(batch.values),
            "made_spread": spread(made),
        }
        return Loss(loss, scores)

    def generator_loss(self, batch: Numbers) -> Loss:
        assert not next(self.discriminator.parameters()).requires_grad
        return Loss(F.softplus(-self.discriminator(self.make(batch.values))).mean())


class NumbersGAN(Task[AdversarialConfig, NumbersNetwork]):
    """Makes numbers like those of a file."""

    name, Config, artifacts = "numbers-gan", AdversarialConfig, ()

    def _build(self) -> NumbersNetwork:
        return NumbersNetwork()

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[NumbersNetwork]:
        values = torch.tensor([float(line) for line in Path(data).read_text().split()]).unsqueeze(-1)
        validation = Validation("valid_distance", lambda network: {"valid_distance": distance(network, values)})
        prints = {"train": str(float(values.sum())), "valid": ""}
        return Preparation(self._build(), NumbersDataModule(values, self.config), validation, prints)

    def _make_update(self, network: NumbersNetwork, steps: int, together: Processes) -> Adversarial:
        return Adversarial(network, self.config, steps, together)

    def _save_artifacts(self, folder: Path) -> None:
        pass

    def _load_artifacts(self, folder: Path) -> None:
        pass


@torch.no_grad()
def distance(network: NumbersNetwork, values: Tensor) -> float:
    """How far mean and deviation of what is made are from those of what there is."""
    made = network.generator(torch.randn(1000, NOISE, generator=torch.Generator().manual_seed(0)))
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
        names = (
            "train_discriminator_loss",
            "train_generator_loss",
            "discriminator_gradient_norm",
            "generator_gradient_norm",
        )
        assert all(math.isfinite(record[name]) for name in names)
    log = (run / "train.log").read_text()
    assert "training discriminator loss " in log
    assert "generator loss " in log
    page = (run / "curves.html").read_text(encoding="utf-8")
    for curve in (
        "real score",
        "made spread",
        "discriminator accuracy",
        "discriminator training",
        "generator training",
        "generator gradient norm",
        "discriminator learning rate",
    ):
        assert curve in page
    assert "loss, nats a number" in page


def test_the_discriminator_takes_several_steps_for_one_of_the_generator(whole):
    _, run = whole
    tree = load_tree(RunFolder(run).last_file)
    optimizers = tree["update"]["optimizers"]
    discriminator, generator = (float(optimizers[name]["state"][0]["step"]) for name in ("discriminator", "generator"))
    assert discriminator == tree["position"]["step"] == 5 * 32
    assert generator == discriminator // DISCRIMINATOR_STEPS


@pytest.mark.parametrize(("steps", "saved"), [(10, 0), (60, 50)])  # the last evaluation was after 50: amid a round
def test_a_killed_training_of_two_networks_resumes_to_the_same_bits(steps, saved, whole, tmp_path, forked):
    data, run = whole
    process = forked.run_file(__file__, data, tmp_path / "killed", steps)
    assert process.returncode == -signal.SIGKILL, process.stderr
    killed = RunFolder(tmp_path / "killed")
    assert load_tree(killed.last_file)["position"]["step"] == saved
    resumed = NumbersGAN.resume(killed.path, progress=False)
    for file in ("model.safetensors", "last/checkpoint.safetensors"):
        before, after = load_file(run / file), load_file(killed.path / file)
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name], after[name]) for name in before)
    assert _records(run) == _records(killed.path)
    assert resumed.finished_


def _update(**settings) -> Adversarial:
    return Adversarial(NumbersNetwork(), AdversarialConfig(**SETTINGS | settings), 100, ALONE)


def _numbers() -> Numbers:
    return Numbers(4 + torch.arange(8.0).unsqueeze(-1))


def test_a_round_of_the_generator_may_have_several_steps():
    update = _update(generator_steps=2)
    steps = [update.step(_numbers(), number) for number in range(DISCRIMINATOR_STEPS)]
    assert [list(step.losses) for step in steps] == [
        ["discriminator_loss"],
        ["discriminator_loss"],
        ["discriminator_loss", "generator_loss"],
    ]
    state = update.players["generator"].optimizer.state_dict()["state"]
    assert float(state[0]["step"]) == 2


def test_each_player_has_its_learning_rate_and_a_stall_lowers_both():
    settings = {"schedule": "plateau", "plateau_factor": 0.5, "discriminator_learning_rate": 0.1}
    update = _update(**settings)
    names = ("discriminator_learning_rate", "generator_learning_rate")
    rates = update.step(_numbers(), 0).learning_rates
    assert [rates[name] for name in names] == [0.1, 0.02]
    update.stall(1)
    rates = update.step(_numbers(), 1).learning_rates
    assert [rates[name] for name in names] == [0.05, 0.01]


def test_a_step_changes_the_weights_of_its_player_alone():
    update = _update(discriminator_steps=2)
    generator = [weight.clone() for weight in update.network.generator.parameters()]
    update.step(_numbers(), 0)
    assert all(map(torch.equal, generator, update.network.generator.parameters()))
    update.step(_numbers(), 1)
    assert not any(map(torch.equal, generator, update.network.generator.parameters()))
    assert all(weight.requires_grad for weight in update.network.parameters())


def test_a_process_without_a_share_learns_from_the_others():
    step = _update(discriminator_steps=1).step(None, 0)
    assert step.losses == {"discriminator_loss": 0.0, "generator_loss": 0.0}
    assert step.scores == {}


def test_a_loss_that_is_not_finite_is_named_with_its_player():
    with pytest.raises(TrainingDiverged, match="got discriminator loss nan and discriminator gradient norm nan"):
        _update().step(Numbers(torch.full((8, 1), math.nan)), 0)


def test_a_state_of_another_update_is_refused(tmp_path):
    update = _update()
    saved = update.state_dict()
    update.require_state(saved, [{}], lambda: None, tmp_path)
    optimizers = saved["optimizers"] | {"discriminator": {"state": {}, "param_groups": []}}
    wrong = [
        {},
        saved | {"network": {}},
        saved | {"average": {}},
        saved | {"optimizers": {}},
        saved | {"optimizers": optimizers},
        saved | {"plateau": 2.0},
        saved | {"health": {}},
    ]
    for state in wrong:
        with pytest.raises(DataError, match="expected a checkpoint of this training with"):
            update.require_state(state, [{}], lambda: None, tmp_path)


def test_two_trainings_with_a_seed_have_the_same_bits(whole, tmp_path):
    data, run = whole
    _fit(data, tmp_path / "again")
    before, after = load_file(run / "model.safetensors"), load_file(tmp_path / "again" / "model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_session_that_ends_in_time_is_scored_and_goes_on_to_the_same_bits(whole, tmp_path):
    data, run = whole
    out = tmp_path / "short"
    NumbersGAN(**SETTINGS, max_minutes=1e-9).fit(data, out=out, progress=False)
    (record,) = _records(out)
    assert record["step"] == 1
    assert "stopped at step 1, after 1e-09 minutes" in (out / "train.log").read_text()
    NumbersGAN.resume(out, max_minutes=0, progress=False)
    whole_state, state = (load_tree(RunFolder(folder).last_file)["update"] for folder in (run, out))
    for name, value in whole_state["network"].items():
        assert torch.equal(state["network"][name], value)


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
