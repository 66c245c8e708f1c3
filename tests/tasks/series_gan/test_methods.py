"""Every method: what its networks make, what its players follow, and what each phase changes."""

import math

import numpy as np
import pytest
import torch

from recurra.data.tables.cutting import WindowIndex
from recurra.data.tables.feature import Feature
from recurra.tasks.series_gan.batch import SeriesBatch
from recurra.tasks.series_gan.config import SeriesGANConfig
from recurra.tasks.series_gan.data import SeriesDataModule, make_alike
from recurra.tasks.series_gan.methods import METHODS, build, make_update
from recurra.training.phases import Phases
from recurra.training.processes import Processes

ALONE = Processes(0, 1, torch.device("cpu"))
FEATURES = [
    Feature("a", "value", "number", 0, 9),
    Feature("b", "value", "category", values=[0, 1]),
    Feature("c", "value", "number", 0, 9),
    Feature("a", "missing", "mark"),
]
SMALL = {"hidden_size": 4, "critic_size": 8, "noise_size": 3, "batch_size": 6, "epoch_steps": 2, "epochs": 3}
SMALL |= {"pretraining_epochs": 2, "mixtures": 2, "discriminator_steps": 1, "warmup_steps": 0}


def network_and_data(method, **settings):
    torch.manual_seed(0)
    config = SeriesGANConfig(method=method, **SMALL | settings)
    generator = np.random.default_rng(0)
    flag = np.eye(2)[generator.integers(2, size=30)]
    rows = [generator.uniform(size=(30, 1)), flag, generator.uniform(size=(30, 1)), generator.integers(2, size=(30, 1))]
    steps = np.concatenate(rows, 1).astype(np.float32)
    index = WindowIndex.cut([steps, steps[:4]], 6)
    data = SeriesDataModule(config, index, np.asarray([[0.5], [0.1]], np.float32), window=6)
    return build(FEATURES, 1, config), data, config


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_windows_are_numbers_between_0_and_1_and_a_function_of_the_noise(method, cell):
    network, data, _ = network_and_data(method, cell=cell)
    network.eval()
    context = torch.full((3, 1), 0.5)
    noise = network.draw_noise(3, 9, context)
    with torch.no_grad():
        made = network.make(noise, 9, context)
        assert made.shape == (3, 9, 5)
        assert 0 <= made.min() <= made.max() <= 1
        torch.testing.assert_close(made[..., 1:3].sum(-1), torch.ones(3, 9))
        assert torch.equal(made, network.make(noise, 9, context))
        torch.testing.assert_close(made[1:], network.make(noise[1:], 9, context[1:]))
        alike = make_alike(network, data.batch(np.asarray([3, len(data.index) - 1])))
        assert alike.shape == (2, 6, 5)
        assert (alike[1, 4:] == 0).all()
        if network.continues:
            before = torch.rand(3, 4, 5)
            assert not torch.equal(made, network.make(noise, 9, context, before))
        outputs, _ = network(torch.zeros(2, 6, 5), torch.tensor([6, 2]))
        assert (outputs[1, 2:] == 0).all()


def test_weights_before_the_game_are_chosen_by_their_own_loss():
    network, data, config = network_and_data("rtsgan")
    update = make_update(network, config, 6, ALONE, data)
    network.eval()
    assert data.score(network)["valid_distance"] == pytest.approx(float(network.loss(data.scored())[0].detach()))
    update.begin_next(network.state_dict())
    distance = data.score(update.evaluated_network)["valid_distance"]
    with torch.no_grad():
        network.generator.head.bias += 5
    assert data.score(network)["valid_distance"] != distance
    likelihood, data, _ = network_and_data("likelihood")
    assert data.score(likelihood)["valid_distance"] == pytest.approx(float(likelihood.loss(data.scored())[0].detach()))


@pytest.mark.parametrize("method", ["rtsgan", "rcgan", "timegan"])
def test_each_player_follows_its_loss_and_changes_its_own_weights(method):
    network, data, config = network_and_data(method)
    update = make_update(network, config, 6, ALONE, data)
    batch = next(data.batches(0, 0, 0, 1))
    start = {name: value.clone() for name, value in network.state_dict().items()}
    seen = []
    for number in range(6):
        if isinstance(update, Phases) and update.ends_phase(number):
            update.begin_next(network.state_dict())
        step = update.step(batch, number)
        seen.append(set(step.losses))
        assert all(math.isfinite(value) for value in step.losses.values())
    game = {"discriminator_loss", "generator_loss"}
    expected = {"rcgan": [game], "rtsgan": [{"autoencoder_loss"}, game]}
    expected["timegan"] = [{"autoencoder_loss"}, {"supervisor_loss"}, game]
    assert [losses for i, losses in enumerate(seen) if not i or losses != seen[i - 1]] == expected[method]
    after = network.state_dict()
    changed = {name.split(".")[0] for name, value in after.items() if not torch.equal(value, start[name])}
    assert {"generator", "discriminator"} <= changed


def test_the_game_of_rtsgan_leaves_the_autoencoder_and_normalizes_its_vectors():
    network, data, config = network_and_data("rtsgan")
    network.begin_game(data.in_order())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    batch = data.batch(np.arange(12))
    real, condition = network._real(batch)
    cached, network.cached = network.cached, None
    torch.testing.assert_close(network._real(batch)[0], real)
    torch.testing.assert_close(network._real(batch)[1], condition)
    network.cached = cached
    latents = (cached[0] - network.latent_mean) / network.latent_scale
    assert latents.mean(0).abs().max() < 1e-3
    update = make_update(network, config.__class__(**SMALL | {"pretraining_epochs": 0}), 6, ALONE, data)
    update.step(batch, 0)
    after = network.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before if name.startswith(("encoder", "decoder")))


def test_the_autoencoder_does_not_read_padding():
    network, data, _ = network_and_data("rtsgan")
    batch = data.batch(np.asarray([len(data.index) - 1]))  # of 4 rows
    other = batch.steps.clone()
    longer = torch.cat([other, torch.rand(1, 3, 5)], 1)
    first = network.encode(batch.steps, batch.lengths, batch.context)
    torch.testing.assert_close(network.encode(longer, batch.lengths, batch.context), first)


def test_departures_are_learnt_and_have_no_say_in_what_the_autoencoder_learns(monkeypatch):
    network, data, _ = network_and_data("rtsgan")
    batch = data.batch(np.arange(12))
    weights = [*network.encoder.parameters(), *network.decoder.parameters(), *network.head.parameters()]
    of_departures = torch.autograd.grad(network.loss(batch)[0], list(network.departures.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in of_departures)
    both = torch.autograd.grad(network.loss(batch)[0], weights)
    monkeypatch.setattr(network.departures, "log_probs", lambda outputs, *_: outputs.new_zeros(outputs.shape[:2]))
    for first, second in zip(both, torch.autograd.grad(network.loss(batch)[0], weights), strict=True):
        torch.testing.assert_close(first, second)


def test_the_likelihood_is_a_density():
    """Over a grid of all rows of one number, and both values of a category, it sums to 1."""
    features = [Feature("a", "value", "number", 0, 9), Feature("b", "value", "category", values=[0, 1])]
    network = build(features, 0, SeriesGANConfig(method="likelihood", **SMALL))
    grid = torch.linspace(-4, 5, 9001)
    rows = [torch.stack([grid, torch.full_like(grid, 1 - flag), torch.full_like(grid, flag)], -1) for flag in (0, 1)]
    steps = torch.cat(rows)[:, None]  # (N, 1, 3)
    ones = torch.ones(len(steps), dtype=torch.int64)
    batch = SeriesBatch(steps, ones, torch.zeros(len(steps), 0), torch.zeros(len(steps), 1, 3), 0 * ones, ones)
    with torch.no_grad():
        total = network.log_probs(batch).exp().sum() * (grid[1] - grid[0])
    assert total.item() == pytest.approx(1, abs=1e-3)


def test_the_likelihood_of_windows_is_that_of_the_series_they_are_cut_from():
    network, data, _ = network_and_data("likelihood")
    whole = torch.from_numpy(data.index.rows[:10])[None]

    def log_probs(steps, before):
        lengths, counts = torch.tensor([steps.shape[1]]), torch.tensor([before.shape[1]])
        padded = before if before.shape[1] else torch.zeros(1, 1, 5)
        return network.log_probs(SeriesBatch(steps, lengths, torch.zeros(1, 1), padded, counts, lengths))

    with torch.no_grad():
        together = log_probs(whole, whole[:, :0])
        parts = [log_probs(whole[:, :6], whole[:, :0]), log_probs(whole[:, 6:], whole[:, :6])]
    torch.testing.assert_close(torch.cat(parts, 1), together, rtol=1e-4, atol=1e-4)


def test_what_the_likelihood_model_draws_has_the_likelihood_it_says():
    network, _, _ = network_and_data("likelihood")
    torch.manual_seed(1)
    context = torch.full((4000, 1), 0.5)
    with torch.no_grad():
        network.next_row.mixture.parameters_of.bias.zero_()
        made = network.make(network.draw_noise(4000, 2, context), 2, context)
    share = made[:, 0, 1:3].mean(0)
    with torch.no_grad():
        row, there = torch.zeros(1, 1, 5), torch.zeros(1, 1)
        outputs, _ = network.recurrence(network._inputs(row, there, context[:1]))
        expected = torch.softmax(network.next_row.other_head(outputs)[0, 0, :2], -1)
    torch.testing.assert_close(share, expected, atol=0.03, rtol=0)
