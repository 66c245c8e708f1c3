"""What the network predicts, and that its loss is the plain loss of that."""

import pytest
import torch
from torch.nn import functional as F

from recurra.tasks.language_model.config import LanguageModelConfig
from recurra.tasks.language_model.network import LanguageBatch, LanguageNetwork

V, B, T = 9, 3, 7


def _network(**settings) -> LanguageNetwork:
    torch.manual_seed(0)
    return LanguageNetwork(V, LanguageModelConfig(hidden_size=8, num_layers=2, **settings)).eval()


def _symbols(*shape: int) -> torch.Tensor:
    return torch.randint(0, V, shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("direction", ["forward", "both"])
@pytest.mark.parametrize("settings", [{}, {"tie_embeddings": False, "cell": "gru"}, {"embedding_size": 5}], ids=str)
def test_the_loss_is_the_plain_loss_of_what_is_predicted(direction, settings):
    network = _network(bidirectional=direction == "both", **settings)
    shape = (B, T) if direction == "forward" else (B, 2, T)
    batch = LanguageBatch(_symbols(*shape), _symbols(*shape).flip(-1))
    logits, state = network(batch.inputs)
    assert logits.shape == (*shape, V)
    loss, carried = network.loss(batch)
    torch.testing.assert_close(loss, F.cross_entropy(logits.flatten(0, -2), batch.targets.flatten()))
    torch.testing.assert_close(carried, state)
    assert batch.size == network.loss_weight(batch) == B * T


def test_the_state_goes_on_where_the_last_call_ended():
    network, symbols = _network(), _symbols(B, T)
    whole, last = network(symbols)
    first, state = network(symbols[:, :3])
    second, after = network(symbols[:, 3:], state=state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(after, last)


def test_padding_changes_nothing():
    network, symbols = _network(), _symbols(B, T)
    logits, state = network(symbols, torch.tensor([7, 4, 2]))
    for row, length in enumerate((7, 4, 2)):
        alone, after = network(symbols[row : row + 1, :length])
        torch.testing.assert_close(logits[row, :length], alone[0])
        torch.testing.assert_close([part[:, row] for part in state[0]], [part[:, 0] for part in after[0]])


def test_each_direction_reads_its_own_row():
    network, symbols = _network(bidirectional=True), _symbols(B, T)
    logits, _ = network(torch.stack([symbols, symbols.flip(1)], 1))
    changed, _ = network(torch.stack([symbols, symbols], 1))
    assert torch.equal(logits[:, 0], changed[:, 0])
    assert not torch.equal(logits[:, 1], changed[:, 1])


def test_the_network_can_be_exported():
    network, symbols = _network(), _symbols(B, T)
    with torch.no_grad():
        exported = torch.export.export(network, (symbols,)).module()
        torch.testing.assert_close(exported(symbols), network(symbols))
