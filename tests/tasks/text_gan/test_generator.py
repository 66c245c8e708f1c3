import pytest
import torch
from torch.nn import functional as F

from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.generator import TextGenerator


def _generator(**settings) -> TextGenerator:
    torch.manual_seed(0)
    return TextGenerator(7, 2, TextGANConfig(hidden_size=4, **settings)).eval()


def test_nats_are_those_of_the_softmax_at_a_temperature():
    generator = _generator()
    inputs, targets, lengths = torch.tensor([[7, 1, 2], [8, 3, 0]]), torch.tensor([[1, 2, 6], [3, 6, 0]]), [3, 2]
    for temperature in (1.0, 0.5):
        logits = F.linear(generator.hidden(inputs), generator.weight, generator.bias) / temperature
        rows = [F.cross_entropy(logits[i, :n], targets[i, :n], reduction="sum") for i, n in enumerate(lengths)]
        nats = generator.nats(inputs, targets, torch.tensor(lengths), temperature)
        assert nats.item() == pytest.approx(sum(rows).item(), rel=1e-5)


def test_log_probs_and_steps_agree_with_the_whole():
    generator = _generator(num_layers=2)
    inputs, targets = torch.tensor([[7, 1, 2]]), torch.tensor([[1, 2, 6]])
    log_probs = generator.log_probs(inputs, targets)
    state, stepped = None, []
    for step in range(3):
        logits, state = generator.step(F.embedding(inputs[:, step], generator.embedding), state)
        stepped.append(logits.log_softmax(-1)[0, targets[0, step]])
    assert torch.allclose(torch.stack(stepped), log_probs[0], atol=1e-5)
    assert -log_probs.sum().item() == pytest.approx(generator.nats(inputs, targets, torch.tensor([3])).item(), rel=1e-5)


def test_the_softmax_begins_with_how_often_symbols_come():
    generator = _generator()
    counts = torch.tensor([0.0, 1, 2, 3, 4, 5, 6])
    generator.begin_with(counts)
    share = generator.bias.softmax(-1)
    assert torch.allclose(share, (counts + 0.5) / (counts + 0.5).sum())
    assert generator.bias.mean().item() == pytest.approx(0.0, abs=1e-6)  # so that weight decay pulls towards no choice
