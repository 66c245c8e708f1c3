import pytest
import torch
from torch import nn

from recurra.training.adversarial_network import AdversarialNetwork, Loss


class Players(AdversarialNetwork):
    def __init__(self) -> None:
        super().__init__()
        self.generator, self.discriminator = nn.Linear(2, 3), nn.Linear(3, 1)
        self.encoder = nn.Linear(3, 2)


def _names(network: nn.Module, parameters) -> set[str]:
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    return {names[id(parameter)] for parameter in parameters}


def test_the_weights_divide_into_two_sides():
    network = Players()
    assert _names(network, network.discriminator_parameters()) == {"discriminator.weight", "discriminator.bias"}
    sides = {"generator.weight", "generator.bias", "encoder.weight", "encoder.bias"}
    assert _names(network, network.generator_parameters()) == sides


def test_a_loss_needs_no_scores():
    assert Loss(torch.zeros(())).scores == {}


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_job_says_what_each_loses(player):
    with pytest.raises(NotImplementedError):
        getattr(Players(), f"{player}_loss")(None)
