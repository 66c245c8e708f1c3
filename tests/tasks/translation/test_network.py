"""What the network predicts, and that its loss is the plain loss of that."""

import pytest
import torch
from torch.nn import functional as F

from recurra.tasks.translation.config import TranslatorConfig
from recurra.tasks.translation.network import TranslationBatch, TranslationInputs, TranslationNetwork

V, B, S, T = 11, 3, 5, 4
LENGTHS = torch.tensor([4, 2, 3])
VARIANTS = [
    {},
    {"cell": "lstm", "num_layers": 2},
    {"attention": "none", "tie_embeddings": False},
    {"conditional_decoder": False, "input_feeding": True},
]


def _network(**settings) -> TranslationNetwork:
    torch.manual_seed(0)
    return TranslationNetwork(V, V, TranslatorConfig(hidden_size=8, embedding_size=6, **settings)).eval()


def _batch() -> TranslationBatch:
    draw = torch.Generator().manual_seed(0)
    source, target, right = (torch.randint(0, V, (B, steps), generator=draw) for steps in (S, T, T))
    inputs = TranslationInputs(source, torch.tensor([5, 3, 4]), target)
    return TranslationBatch(inputs, right, LENGTHS, torch.zeros(()))


@pytest.mark.parametrize("settings", VARIANTS, ids=str)
def test_the_loss_is_the_plain_loss_of_what_is_predicted(settings):
    network, batch = _network(**settings), _batch()
    logits, _ = network(batch.inputs, batch.lengths)
    assert logits.shape == (B, T, V)
    rows = [(logits[b, :length], batch.targets[b, :length]) for b, length in enumerate(LENGTHS.tolist())]
    expected = F.cross_entropy(torch.cat([row[0] for row in rows]), torch.cat([row[1] for row in rows]))
    loss, state = network.loss(batch)
    torch.testing.assert_close(loss, expected)
    assert state is None
    assert batch.size == network.loss_weight(batch) == 9


@pytest.mark.parametrize("settings", VARIANTS, ids=str)
def test_the_state_goes_on_where_the_last_call_ended(settings):
    network, inputs = _network(**settings), _batch().inputs
    whole, _ = network(inputs)
    first, state = network(inputs._replace(target=inputs.target[:, :1]))
    second, _ = network(inputs._replace(target=inputs.target[:, 1:]), state=state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)


def test_the_network_can_be_exported():
    network, inputs = _network(), _batch().inputs
    inputs = inputs._replace(source_lengths=None)
    with torch.no_grad():
        exported = torch.export.export(network, (inputs,)).module()
        torch.testing.assert_close(exported(inputs)[0], network(inputs)[0])
