import pytest
import torch

from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.network import TextBatch, TextGANNetwork

BATCH = TextBatch(torch.tensor([6, 7, 6]), torch.tensor([[1, 2, 5], [3, 5, 0], [5, 0, 0]]), torch.tensor([3, 2, 1]))


def _network(**settings) -> TextGANNetwork:
    torch.manual_seed(0)
    config = TextGANConfig(hidden_size=4, discriminator_size=8, rollouts=2, **settings)
    return TextGANNetwork(6, 2, 5, config)


def test_the_loss_is_the_plain_loss_of_its_scores():
    network = _network().eval()
    logits, _ = network(BATCH.inputs)
    log_probs = logits.log_softmax(-1)
    total = sum(log_probs[i, t, BATCH.targets[i, t]] for i, n in enumerate([3, 2, 1]) for t in range(n))
    assert network.loss(BATCH)[0].item() == pytest.approx(-total.item() / 6, rel=1e-5)


def test_each_line_is_read_from_the_beginning_of_its_class():
    assert BATCH.inputs.tolist() == [[6, 1, 2], [7, 3, 5], [6, 5, 0]]
    assert BATCH.size == 6


@pytest.mark.parametrize("discriminator", ["conv", "recurrent"])
@pytest.mark.parametrize("method", ["gumbel", "policy_gradient"])
def test_each_player_has_gradients_of_its_loss(method, discriminator):
    network = _network(method=method, discriminator=discriminator)
    network.begin_game(10)
    loss = network.discriminator_loss(BATCH)
    loss.value.backward()
    assert network.discriminator.embedding.grad.abs().sum() > 0
    names = {"real_score", "made_score", "discriminator_accuracy", "real_spread", "made_spread"}
    assert loss.scores.keys() == names
    network.zero_grad()
    network.generator_loss(BATCH).value.backward()
    assert network.generator.weight.grad.abs().sum() > 0
    assert int(network.rounds) == 1


def test_the_likelihood_model_is_the_generator_as_the_game_began():
    network = _network()
    assert not network.has_begun_game
    with torch.no_grad():
        network.generator.bias += 1
    network.begin_game(10)
    assert torch.equal(network.likelihood.bias, network.generator.bias)
    assert torch.equal(network.discriminator.embedding, network.generator.embedding)
    with torch.no_grad():
        network.generator.bias += 1
    network.begin_game(10)  # as a resumed training does
    assert not torch.equal(network.likelihood.bias, network.generator.bias)
    learnt = {id(weight) for weight in network.generator_parameters() if weight.requires_grad}
    assert not learnt & {id(weight) for weight in network.likelihood.parameters()}


def test_the_generator_drops_nothing_in_the_game():
    network = _network(dropout=0.5)
    network.train()
    assert network.generator.training
    network.begin_game(10)
    network.train()
    assert network.discriminator.training
    assert not network.generator.training


def test_the_discriminator_chooses_lines_once_it_has_learnt():
    network = _network(method="resampling")
    assert network.line_model(9).discriminator is None
    network.begin_game(10)
    assert network.line_model(9).discriminator is network.discriminator
    assert network.line_model(9).candidates == 8
    assert network.likelihood_model(9).discriminator is None
    loss, _ = network.loss_of_discriminator_alone(BATCH)
    loss.backward()
    assert network.discriminator.embedding.grad.abs().sum() > 0
    assert network.generator.weight.grad is None


def test_lines_that_cannot_be_made_teach_the_discriminator_nothing():
    torch.manual_seed(0)
    config = TextGANConfig(hidden_size=4, discriminator_size=8, method="resampling", dropout=0.0)
    network = TextGANNetwork(6, 2, 5, config, never_written=(1, 4))
    assert network.writable(BATCH).targets.tolist() == [[3, 5, 0], [5, 0, 0]]
    assert network.writable(BATCH.select(torch.tensor([0]))).targets.tolist() == [[1, 2, 5]]
    network.begin_game(10)
    lines, lengths = network._made(BATCH)
    assert not {1, 4} & {symbol for line, n in zip(lines.tolist(), lengths, strict=True) for symbol in line[:n]}


def test_the_discriminator_reads_symbols_and_their_one_hot_vectors_alike():
    network = _network().eval()
    one_hot = torch.nn.functional.one_hot(BATCH.targets, 6).float()
    scores = network.discriminator(BATCH.beginnings, BATCH.targets, BATCH.lengths)
    assert torch.allclose(network.discriminator(BATCH.beginnings, one_hot, BATCH.lengths), scores, atol=1e-6)
