import numpy as np
import pytest
import torch

from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.data import EncodedLines
from recurra.tasks.text_gan.network import TextGANNetwork
from recurra.tasks.text_gan.scores import drawn_lines, nats_per_symbol, validation


class Fair:
    """An oracle to which every sequence is as likely as its number of symbols."""

    def nats(self, sequences):
        return np.full(len(sequences), float(sequences.shape[1]))


def _network(end: int | None, method: str = "gumbel") -> TextGANNetwork:
    return TextGANNetwork(6, 1, end, TextGANConfig(hidden_size=4, discriminator_size=4, method=method)).eval()


def _lines(oracle=None, length: int = 3) -> EncodedLines:
    return EncodedLines([np.asarray([1, 2, 5])[:length]] * 300, np.full(300, 6), oracle)


def test_nats_are_a_mean_over_all_symbols():
    network = _network(5)
    batch = _lines().batch(np.arange(300))
    expected = network.loss(batch)[0].item()
    model = network.line_model(8)
    assert nats_per_symbol(model, _lines()) == pytest.approx(expected, rel=1e-5)
    assert nats_per_symbol(model, _lines(), 0.5) != pytest.approx(expected, rel=1e-5)


def test_made_lines_have_their_ends_and_follow_their_seed():
    network = _network(5)
    first, second, other = (drawn_lines(network.line_model(8), np.full(50, 6), seed) for seed in (1, 1, 2))
    assert all(5 not in line[:-1].tolist() for line in first.symbols)
    assert [line.tolist() for line in first.symbols] == [line.tolist() for line in second.symbols]
    assert [line.tolist() for line in first.symbols] != [line.tolist() for line in other.symbols]


@pytest.mark.parametrize("oracle", [None, Fair()], ids=["text", "oracle"])
def test_before_the_game_likelihood_counts_and_in_it_what_is_made_too(oracle):
    network = _network(None if oracle else 5)
    scored = validation(_lines(oracle), 3, 1)
    before = scored.score(network)
    assert before["valid_error"] == before["valid_nats_per_symbol"]
    network.begin_game(10)
    after = scored.score(network)
    made = after["valid_oracle_nats_of_made" if oracle else "valid_model_nats_of_made"]
    assert after["valid_error"] == pytest.approx(before["valid_error"] + made)
    if oracle:
        assert made == 3.0


def test_a_discriminator_that_chooses_is_scored_by_its_own_loss():
    network = _network(5, "resampling")
    network.begin_game(10)
    scores = validation(_lines(), 8, 1).score(network)
    assert scores["valid_error"] == scores["valid_discriminator_loss"]
    assert 0 <= scores["valid_discriminator_accuracy"] <= 1
    with torch.no_grad():
        network.discriminator.body.score.weight.zero_()
    assert validation(_lines(), 8, 1).score(network)["valid_discriminator_accuracy"] == 0.5
