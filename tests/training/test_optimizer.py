import math

import pytest
import torch
from torch import nn

from recurra import TrainingDiverged
from recurra.settings.training import TrainingConfig
from recurra.training.optimizer import NetworkOptimizer
from recurra.training.processes import Processes

ALONE = Processes(0, 1, torch.device("cpu"))


def _optimizer(network: nn.Module, name: str = "", **settings) -> NetworkOptimizer:
    return NetworkOptimizer(network.parameters(), TrainingConfig(**{"optimizer": "sgd"} | settings), ALONE, name)


def _network() -> nn.Linear:
    network = nn.Linear(1, 1, bias=False)
    nn.init.ones_(network.weight)
    return network


def test_the_gradient_is_clipped_and_followed_at_the_given_rate():
    network = _network()
    value, norm = _optimizer(network, clip_norm=2.0).step(network(torch.tensor([8.0])).sum(), 0.25)
    assert (value, norm) == (8.0, 8.0)
    assert network.weight.item() == pytest.approx(1 - 0.25 * 2.0)
    assert network.weight.grad is None


@pytest.mark.parametrize("clip_norm", [8.0, 100.0])
def test_a_gradient_within_the_bound_is_followed_as_it_is(clip_norm):
    network = _network()
    _optimizer(network, clip_norm=clip_norm).step(network(torch.tensor([8.0])).sum(), 0.25)
    assert network.weight.item() == 1 - 0.25 * 8.0


def test_gradients_that_another_loss_has_left_do_not_count():
    first, second = _network(), _network()
    optimizer = _optimizer(first, clip_norm=0.0)
    (first(torch.tensor([100.0])) + second(torch.tensor([1.0]))).sum().backward()
    optimizer.step(first(torch.tensor([1.0])).sum(), 0.5)
    assert first.weight.item() == 0.5


@pytest.mark.parametrize("name", ["", "critic"])
def test_what_is_not_finite_changes_no_weight(name):
    network = _network()
    shown = f"{name} loss nan and {name} gradient norm nan" if name else "loss nan and gradient norm nan"
    with pytest.raises(TrainingDiverged, match=f"expected a finite loss and gradient, got {shown}"):
        _optimizer(network, name).step(network(torch.tensor([math.nan])).sum(), 0.5)
    assert network.weight.item() == 1.0


def test_without_a_share_of_the_batch_nothing_changes():
    network = _network()
    assert _optimizer(network).step(None, 0.5) == (0.0, 0.0)
    assert network.weight.item() == 1.0
