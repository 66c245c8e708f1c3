import math

import pytest
import torch
from torch import nn

from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.drawing import lengths_of
from recurra.tasks.text_gan.generator import TextGenerator
from recurra.tasks.text_gan.line_model import LineModel

END = 3
LINES = [(a, b, END) for a in range(3) for b in range(3)] + [(a, END) for a in range(3)] + [(END,)]
LINES += [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]


class Likes(nn.Module):
    """Scores a line by how often it has a symbol before its end."""

    def forward(self, beginnings, lines, lengths):
        assert len(beginnings) == len(lines) == len(lengths)
        steps = torch.arange(lines.shape[1]) < lengths.unsqueeze(1)
        return 0.7 * ((lines == 2) & steps).sum(1)


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return TextGenerator(4, 1, TextGANConfig(hidden_size=4)).eval()


def _log_probs(generator) -> dict[tuple[int, ...], float]:
    """The logarithm of the probability of every line of up to three symbols."""
    result = {}
    for line in LINES:
        inputs, targets = torch.tensor([[4, *line[:-1]]]), torch.tensor([line])
        result[line] = generator.log_probs(inputs, targets).sum().item()
    assert sum(map(math.exp, result.values())) == pytest.approx(1.0, abs=1e-4)
    return result


def _shares(model: LineModel, count: int) -> dict[tuple[int, ...], float]:
    drawn = model.draw(torch.full((count,), 4), torch.Generator().manual_seed(0))
    lengths = lengths_of(drawn, END).tolist()
    lines = [tuple(line[:length]) for line, length in zip(drawn.tolist(), lengths, strict=True)]
    return {line: lines.count(line) / count for line in LINES}


def test_lines_are_as_likely_as_the_generator_and_the_scores_say(generator):
    model = LineModel(generator, 3, END, Likes(), candidates=50)
    weights = {line: math.exp(value + 0.7 * line.count(2)) for line, value in _log_probs(generator).items()}
    shares, total = _shares(model, 3000), sum(weights.values())
    assert max(abs(shares[line] - weights[line] / total) for line in LINES) < 0.025
    (logarithm,) = model.log_normalizers(torch.tensor([4]), 1.0).values()
    assert logarithm == pytest.approx(math.log(total), abs=0.1)


def test_without_a_discriminator_they_are_those_of_the_generator(generator):
    shares = _shares(LineModel(generator, 3, END), 3000)
    expected = {line: math.exp(value) for line, value in _log_probs(generator).items()}
    assert max(abs(shares[line] - expected[line]) for line in LINES) < 0.025
    assert LineModel(generator, 3, END).log_normalizers(torch.tensor([4, 4]), 1.0) == {4: 0.0}


def test_lines_of_unscored_symbols_have_the_score_0(generator):
    model = LineModel(generator, 3, END, Likes(), candidates=4, unscored=(1,))
    lines = torch.tensor([[2, 1, 3], [2, 2, 3], [2, 3, 1]])
    scores = model.scores(torch.full((3,), 4), lines, lengths_of(lines, END))
    assert scores.tolist() == pytest.approx([0.0, 1.4, 0.7])


def test_lines_go_on_from_their_own_beginnings(generator):
    prefixes = torch.tensor([[0, 1], [2, -1], [1, 1]])
    model = LineModel(generator, 5, END, Likes(), candidates=4)
    lines = model.draw(torch.full((3,), 4), torch.Generator().manual_seed(0), prefixes=prefixes)
    assert lines[0, :2].tolist() == [0, 1]
    assert lines[1, 0] == 2
    assert lines[2, :2].tolist() == [1, 1]
    assert lines.shape[0] == 3
    assert 2 <= lines.shape[1] <= 5
