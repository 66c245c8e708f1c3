"""Private updates: without noise and clipping those of a whole batch, with them no single example decides."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra import DataError
from recurra.nn import noise as random
from recurra.nn.generators import drawing_from
from recurra.settings.adversarial import AdversarialConfig
from recurra.settings.training import TrainingConfig
from recurra.training.adversarial import Adversarial
from recurra.training.adversarial_network import AdversarialNetwork, Loss
from recurra.training.batch import Batch
from recurra.training.privacy import Noise, PrivateAdversarial, PrivateSupervised
from recurra.training.processes import Processes
from recurra.training.supervised import Supervised

ALONE = Processes(0, 1, torch.device("cpu"))
NONE = Noise(clip_norm=1e6, multiplier=0.0, batch_size=6)
SETTINGS = {"learning_rate": 0.1, "clip_norm": 0.0, "optimizer": "sgd", "schedule": "constant", "warmup_steps": 0}


@dataclass(frozen=True)
class Numbers(Batch):
    """Numbers (B, 1)."""

    values: Tensor

    @property
    def size(self) -> int:
        return len(self.values)


class Network(AdversarialNetwork[Numbers]):
    """Shifts numbers; the discriminator scores them. Its losses draw no noise, so that they may be compared."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.generator, self.discriminator = nn.Linear(1, 1), nn.Linear(1, 1)

    def loss(self, batch: Numbers, state=None):
        return (self.generator(batch.values) - 3.0).square().mean(), None

    def discriminator_loss(self, batch: Numbers) -> Loss:
        made = self.generator(batch.values)
        scores = {"real_score": batch.values.mean()}
        return Loss(
            F.softplus(-self.discriminator(batch.values)).mean() + F.softplus(self.discriminator(made)).mean(), scores
        )

    def generator_loss(self, batch: Numbers) -> Loss:
        return Loss(F.softplus(-self.discriminator(self.generator(batch.values))).mean())


def _numbers(count: int = 6) -> Numbers:
    return Numbers(torch.randn(count, 1, generator=torch.Generator().manual_seed(1)))


def _weights(network: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def _private(noise: Noise) -> PrivateSupervised:
    return PrivateSupervised(Network(), TrainingConfig(**SETTINGS), 10, ALONE, noise)


def _private_game(noise: Noise) -> PrivateAdversarial:
    return PrivateAdversarial(Network(), AdversarialConfig(**SETTINGS), 10, ALONE, noise)


def test_without_noise_and_clipping_a_loss_is_followed_as_ever():
    private, plain = _private(NONE), Supervised(Network(), TrainingConfig(**SETTINGS), 10, ALONE)
    one, other = private.step(_numbers(), 0), plain.step(_numbers(), 0)
    torch.testing.assert_close(_weights(private.network), _weights(plain.network))
    assert one.losses["loss"] == pytest.approx(other.losses["loss"])
    assert one.norms["gradient_norm"] == pytest.approx(other.norms["gradient_norm"], rel=1e-5)


def test_without_noise_and_clipping_two_players_learn_as_ever():
    private, plain = _private_game(NONE), Adversarial(Network(), AdversarialConfig(**SETTINGS), 10, ALONE)
    one, other = private.step(_numbers(), 0), plain.step(_numbers(), 0)
    torch.testing.assert_close(_weights(private.network), _weights(plain.network))
    assert one.losses == pytest.approx(other.losses, rel=1e-5)
    assert all(weight.requires_grad for weight in private.network.parameters())


def test_scores_of_the_players_are_not_told():
    assert _private_game(NONE).step(_numbers(), 0).scores == {}


@pytest.mark.parametrize("make", [_private, _private_game])
def test_no_example_moves_the_weights_further_than_it_may(make):
    noise = Noise(clip_norm=0.01, multiplier=0.0, batch_size=6)
    with_it, without = make(noise), make(noise)
    values = _numbers().values.clone()
    values[0] = 1e3
    with_it.step(Numbers(values), 0)
    without.step(Numbers(values[1:]), 0)
    difference = (_weights(with_it.network) - _weights(without.network)).norm()
    # one step of size 0.1 along a sum that is divided by 6; each player has two weights of its own
    assert 0 < difference <= 0.1 * 0.01 / 6 * 2**0.5 * (1 + 1e-4)


@pytest.mark.parametrize("make", [_private, _private_game])
def test_a_batch_without_an_example_is_a_step_of_noise(make):
    update = make(Noise(1.0, 2.0, 6))
    before = _weights(update.network)
    step = update.step(Numbers(torch.zeros(0, 1)), 0)
    assert all(value == 0 for value in step.losses.values())
    assert not torch.equal(_weights(update.network), before)


def test_the_same_generator_gives_the_same_weights():
    weights = []
    for _ in range(2):
        update = _private_game(Noise(1.0, 1.0, 6))
        with drawing_from({"cpu": torch.Generator().manual_seed(5)}):
            update.step(_numbers(), 0)
            random.normal(1, like=torch.zeros(1))
        weights.append(_weights(update.network))
    assert torch.equal(*weights)


def test_several_processes_are_refused():
    with pytest.raises(DataError, match="epsilon: expected a training in one process"):
        PrivateSupervised(Network(), TrainingConfig(), 10, Processes(0, 2, torch.device("cpu")), NONE)
