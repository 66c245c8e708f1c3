"""One network that follows its loss: what it carries on, when its rate falls, and how it goes on from a saved state."""

import copy
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from recurra import DataError
from recurra.settings.training import TrainingConfig
from recurra.training.batch import Batch
from recurra.training.processes import Processes
from recurra.training.supervised import Supervised
from recurra.training.supervised_network import SupervisedNetwork

ALONE = Processes(0, 1, torch.device("cpu"))
FILE = Path("checkpoint")


@dataclass(frozen=True)
class Numbers(Batch):
    values: Tensor

    @property
    def size(self) -> int:
        return len(self.values)


class Sum(SupervisedNetwork[Numbers]):
    """Adds up what it has read, which it carries on; its loss is how far its weight times that is from 1."""

    loss_unit = "squares"

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2))

    def loss(self, batch, state=None):
        total = batch.values.sum(0) * (1 + 0 * self.weight) + (0 if state is None else state)  # it has a graph
        return ((self.weight * total - 1) ** 2).mean(), total


def _update(**settings) -> Supervised:
    config = TrainingConfig(**{"learning_rate": 0.1, "schedule": "constant", "warmup_steps": 0} | settings)
    return Supervised(Sum(), config, 100, ALONE)


def _batch(*values: float) -> Numbers:
    return Numbers(torch.tensor([[value, value] for value in values]))


def test_the_state_is_carried_without_its_graph_until_the_epoch_ends():
    update = _update()
    for number in range(2):
        update.step(_batch(1.0, 2.0), number)
    assert update.carried.tolist() == [6.0, 6.0]
    assert not update.carried.requires_grad
    update.end_epoch()
    assert update.process_state() == {"carried": None}


def test_a_step_gives_loss_norm_and_rate_by_name():
    step = _update(clip_norm=0.0).step(_batch(1.0), 0)
    assert step.losses == {"loss": 1.0}
    assert step.norms == {"gradient_norm": pytest.approx(2**0.5)}
    assert step.learning_rates == {"learning_rate": 0.1}


def test_a_stall_lowers_the_rate_where_the_schedule_is_plateau():
    update = _update(schedule="plateau", plateau_factor=0.5, plateau_patience=2)
    rates = []
    for stalled in range(1, 6):
        update.stall(stalled)
        rates.append(update.step(_batch(1.0), 0).learning_rates["learning_rate"])
    assert rates == [0.1, 0.05, 0.05, 0.025, 0.025]


def test_a_stall_begins_the_average_of_asgd():
    update = _update(optimizer="asgd")
    assert update.evaluated_network is update.network
    update.stall(1)
    assert update.evaluated_network is not update.network


@pytest.mark.parametrize("settings", [{}, {"optimizer": "sgd", "momentum": 0.9}, {"average_decay": 0.9}], ids=str)
def test_a_saved_state_goes_on_to_the_same_bits(settings):
    first = _update(**settings)
    for number in range(3):
        first.step(_batch(0.5, 0.25), number)
    saved = copy.deepcopy(first.state_dict()), copy.deepcopy(first.process_state())
    second = _update(**settings)
    second.require_state(saved[0], [saved[1]], lambda: _batch(1.0), FILE)
    second.load_state(*saved)
    for number in range(3, 6):
        assert first.step(_batch(0.1), number) == second.step(_batch(0.1), number)
    assert torch.equal(first.network.weight, second.network.weight)
    assert torch.equal(first.evaluated_network.weight, second.evaluated_network.weight)


def test_a_state_of_another_network_is_refused():
    update = _update()
    update.step(_batch(1.0), 0)
    saved, own = update.state_dict(), update.process_state()
    update.require_state(saved, [own], lambda: _batch(1.0), FILE)
    wrong = [
        ({name: saved[name] for name in ("network", "average", "optimizer")}, own, "entries"),
        (saved | {"network": {"weight": torch.zeros(3)}}, own, "the weights of its network"),
        (saved | {"average": {}}, own, "an average of its weights"),
        (saved | {"plateau": float("nan")}, own, "a factor of the learning rate"),
        (saved, {}, "entries carried"),
        (saved, {"carried": torch.zeros(3)}, "the state that its network carries on"),
    ]
    for state, of_process, expected in wrong:
        with pytest.raises(DataError, match=f"checkpoint: expected a checkpoint of this training with {expected}"):
            update.require_state(state, [of_process], lambda: _batch(1.0), FILE)
