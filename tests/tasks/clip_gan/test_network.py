import numpy as np
import pytest
import torch
from torch.nn import functional as F

from recurra.nn.generators import drawing_from, seeded
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.network import ClipGANNetwork, RealClips, as_bytes, as_colors


@pytest.fixture
def network(small):
    with seeded(1):
        return ClipGANNetwork(ClipGANConfig(**small | {"penalty_probability": 1.0, "gradient_penalty": 0.0}), labels=2)


@pytest.fixture
def batch():
    clips = np.random.default_rng(0).integers(0, 256, (4, 6, 16, 16, 3), np.uint8)
    return RealClips(torch.from_numpy(clips), torch.tensor([0, 1, 1, 0]))


def drawing(seed=1):
    return drawing_from({"cpu": torch.Generator().manual_seed(seed)})


def test_bytes_and_colors_are_each_others_inverse(batch):
    colors = as_colors(batch.clips)
    assert colors.shape == (4, 6, 3, 16, 16)
    assert colors.min() >= -1
    assert colors.max() <= 1
    torch.testing.assert_close(as_bytes(colors), batch.clips)


def test_the_losses_are_logistic_ones_of_both_judges(network, batch):
    with drawing():
        loss = network.discriminator_loss(batch)
    with drawing():
        made = network.make(batch)
        real_scores, made_scores = (network.discriminator(x, batch.labels) for x in (as_colors(batch.clips), made))
    expected = sum(F.softplus(-scores).mean() for scores in (real_scores.image, real_scores.video))
    expected += sum(F.softplus(scores).mean() for scores in (made_scores.image, made_scores.video))
    torch.testing.assert_close(loss.value, expected)
    assert loss.scores["real_score"] == real_scores.joined().mean()
    with drawing():
        scores = network.discriminator(network.make(batch), batch.labels)
    with drawing():
        of_generator = network.generator_loss(batch).value
    torch.testing.assert_close(of_generator, F.softplus(-scores.image).mean() + F.softplus(-scores.video).mean())


def test_the_penalty_is_the_squared_gradient_of_the_scores_of_real_clips(network, batch):
    with drawing():
        plain = network.discriminator_loss(batch).value
    network.config.gradient_penalty = 3.0
    with drawing():
        loss = network.discriminator_loss(batch)
    torch.testing.assert_close(loss.value, plain + 1.5 * loss.scores["gradient_penalty"])
    clips = as_colors(batch.clips)
    direction = torch.randn(clips.shape, generator=torch.Generator().manual_seed(5))
    direction /= direction.norm()
    network.double()
    clips, direction = clips.double().requires_grad_(), direction.double()
    with drawing():
        total = network.discriminator(clips, batch.labels)
    [gradients] = torch.autograd.grad(total.image.sum() + total.video.sum(), clips)
    sums = []
    for step in (1e-4, -1e-4):
        with drawing(), torch.no_grad():
            scores = network.discriminator(clips + step * direction, batch.labels)
        sums.append(scores.image.sum() + scores.video.sum())
    torch.testing.assert_close((sums[0] - sums[1]) / 2e-4, (gradients * direction).sum(), rtol=1e-3, atol=1e-6)
    with drawing():
        penalty = network._gradient_penalty(clips, batch.labels)
    torch.testing.assert_close(penalty, gradients.square().sum() / len(clips))


def test_the_penalty_is_computed_in_its_share_of_the_steps(network, batch):
    network.config.gradient_penalty, network.config.penalty_probability = 1.0, 0.25
    with drawing():
        computed = ["gradient_penalty" in network.discriminator_loss(batch).scores for _ in range(60)]
    assert 5 <= sum(computed) <= 25


def test_the_call_makes_clips(network):
    noise = network.generator.noise(2, 5, torch.tensor([0, 1]))
    made, state = network(noise)
    torch.testing.assert_close(made, network.generator(noise))
    assert state is None
