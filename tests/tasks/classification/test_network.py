"""What the network answers, and that its loss is the plain loss of that."""

import pytest
import torch
from torch.nn import functional as F

from recurra import SequenceClassifier
from recurra.data.sequences.answers import Answers
from recurra.tasks.classification.network import SequenceBatch, SequenceNetwork, unless_full

B, T, FEATURES = 4, 6, 3
LENGTHS = torch.tensor([6, 3, 1, 5])
CLASSES, TWO, SEVERAL, NUMBERS = ["a", "b", "c"], ["a", "b"], [["a"], ["a", "b"], []], [1.0, 2.5]


def _network(answers: list, per_step: bool = False, **settings) -> SequenceNetwork:
    torch.manual_seed(0)
    known = [answers] if per_step else answers
    learnt = Answers.learn(known, numbers=answers is NUMBERS, per_step=per_step)
    config = SequenceClassifier(hidden_size=8, per_step=per_step, **settings).config
    return SequenceNetwork(0, FEATURES, 0, learnt, config).eval()


def _inputs() -> torch.Tensor:
    return torch.randn(B, T, FEATURES, generator=torch.Generator().manual_seed(0))


def _expected(network: SequenceNetwork, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The loss, the slow and obvious way."""
    if network.answers.kind == "number":
        return F.mse_loss(logits, targets)
    if network.answers.kind == "labels":
        return F.binary_cross_entropy_with_logits(logits, targets, pos_weight=network.class_weight)
    if logits.shape[-1] == 1:  # of two classes only the second is scored
        logits = torch.cat([torch.zeros_like(logits), logits], -1)
    return F.cross_entropy(logits, targets, network.class_weight)


TARGETS = {
    "classes": (CLASSES, torch.tensor([0, 2, 1, 2])),
    "two classes": (TWO, torch.tensor([0, 1, 1, 0])),
    "several labels": (SEVERAL, torch.tensor([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])),
    "a number": (NUMBERS, torch.tensor([[0.1], [-0.5], [2.0], [0.0]])),
}


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@pytest.mark.parametrize("kind", TARGETS)
def test_the_loss_is_the_plain_loss_of_what_is_answered(kind, pooling):
    answers, targets = TARGETS[kind]
    network = _network(answers, pooling=pooling)
    network.class_weight.copy_(torch.rand(len(network.class_weight)) + 0.5)
    batch = SequenceBatch(_inputs(), LENGTHS, targets)
    logits, _ = network(batch.inputs, batch.lengths)
    assert logits.shape == (B, network.answers.outputs)
    loss, state = network.loss(batch)
    torch.testing.assert_close(loss, _expected(network, logits, targets))
    assert state is None


def test_with_an_answer_at_every_step_the_padding_does_not_count():
    network = _network(CLASSES, per_step=True)
    targets = torch.randint(0, 3, (B, T))
    batch = SequenceBatch(_inputs(), LENGTHS, targets)
    logits, _ = network(batch.inputs, batch.lengths)
    assert logits.shape == (B, T, 3)
    rows = [(logits[b, :length], targets[b, :length]) for b, length in enumerate(LENGTHS.tolist())]
    expected = F.cross_entropy(torch.cat([row[0] for row in rows]), torch.cat([row[1] for row in rows]))
    torch.testing.assert_close(network.loss(batch)[0], expected)
    assert network.loss_weight(batch) == int(LENGTHS.sum())


def test_what_a_loss_of_classes_is_a_mean_over_is_their_weight():
    network = _network(CLASSES)
    network.class_weight.copy_(torch.tensor([1.0, 2.0, 4.0]))
    batch = SequenceBatch(_inputs(), LENGTHS, torch.tensor([0, 2, 1, 2]))
    assert network.loss_weight(batch) == 11.0
    assert batch.size == B


def test_a_stream_goes_on_where_the_last_call_ended():
    network, inputs = _network(CLASSES, per_step=True, bidirectional=False), _inputs()
    whole, _ = network(inputs)
    first, state = network(inputs[:, :2])
    second, _ = network(inputs[:, 2:], state=state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)


def test_lengths_are_left_out_where_nothing_is_padded():
    assert unless_full(torch.tensor([3, 3]), 3) is None
    lengths = torch.tensor([3, 2])
    assert unless_full(lengths, 3) is lengths


@pytest.mark.parametrize("per_step", [False, True])
def test_the_network_can_be_exported(per_step):
    network, inputs = _network(CLASSES, per_step=per_step), _inputs()
    with torch.no_grad():
        exported = torch.export.export(network, (inputs,)).module()
        torch.testing.assert_close(exported(inputs), network(inputs))
