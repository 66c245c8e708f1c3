import pytest
import torch

from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.drawing import draw, draw_symbols, has_any, lengths_of
from recurra.tasks.text_gan.generator import TextGenerator


def _random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return TextGenerator(5, 1, TextGANConfig(hidden_size=4)).eval()


def test_lengths_end_with_the_first_end():
    symbols = torch.tensor([[1, 4, 4], [1, 2, 3], [4, 0, 0]])
    assert lengths_of(symbols, 4).tolist() == [2, 3, 1]
    assert lengths_of(symbols, None).tolist() == [3, 3, 3]


def test_symbols_behind_the_end_are_not_those_of_a_line():
    lines = torch.tensor([[1, 4, 2], [1, 2, 4]])
    assert has_any(lines, torch.tensor([2, 3]), [2, 3]).tolist() == [False, True]
    assert has_any(lines, torch.tensor([2, 3]), []).tolist() == [False, False]


def test_symbols_are_drawn_from_the_softmax():
    logits = torch.tensor([0.0, 1.0, -torch.inf, 2.0])
    drawn = draw_symbols(logits.expand(20_000, 4), _random())
    shares = torch.bincount(drawn, minlength=4) / 20_000
    assert shares.tolist() == pytest.approx(logits.softmax(-1).tolist(), abs=0.02)


def test_lines_are_as_likely_as_the_generator_says(generator):
    lines = draw(generator, torch.full((4000,), 5), 2, _random())
    pairs = torch.cartesian_prod(torch.arange(5), torch.arange(5))
    inputs = torch.stack([torch.full((25,), 5), pairs[:, 0]], 1)
    expected = generator.log_probs(inputs, pairs).sum(1).exp()
    shares = torch.bincount(lines[:, 0] * 5 + lines[:, 1], minlength=25) / 4000
    assert torch.allclose(shares, expected.detach(), atol=0.02)


def test_lines_that_end_are_as_likely_as_the_generator_says(generator):
    drawn = draw(generator, torch.full((4000,), 5), 3, _random(), end=4)
    lines = [tuple(line[:length]) for line, length in zip(drawn.tolist(), lengths_of(drawn, 4).tolist(), strict=True)]
    for line in [(4,), (0, 4), (3, 4), (1, 2, 4), (2, 0, 4), (0, 1, 3)]:
        inputs, targets = torch.tensor([[5, *line[:-1]]]), torch.tensor([line])
        expected = generator.log_probs(inputs, targets).sum().exp().item()
        assert lines.count(line) / 4000 == pytest.approx(expected, abs=0.02)


def test_a_seed_repeats_and_a_low_temperature_takes_the_likeliest(generator):
    begin = torch.full((6,), 5)
    assert torch.equal(draw(generator, begin, 4, _random(1)), draw(generator, begin, 4, _random(1)))
    assert not torch.equal(draw(generator, begin, 4, _random(1)), draw(generator, begin, 4, _random(2)))
    cold = draw(generator, begin, 4, _random(1), temperature=1e-4)
    assert (cold == cold[0]).all()


def test_lines_go_on_from_prefixes_and_write_what_is_allowed(generator):
    prefixes = torch.tensor([[3, 3], [2, -1]])

    def allowed(logits):
        logits[:, [0, 2, 3]] = -torch.inf
        return logits

    lines = draw(generator, torch.tensor([5, 5]), 5, _random(), prefixes=prefixes, allowed=allowed)
    assert lines[0, :2].tolist() == [3, 3]
    assert lines[1, 0] == 2
    assert set(lines[:, 2:].flatten().tolist()) <= {1, 4}


def test_drawing_ends_when_all_lines_have(generator):
    def always_end(logits):
        logits[:, :4] = -torch.inf
        return logits

    lines = draw(generator, torch.tensor([5, 5]), 10**6, _random(), allowed=always_end, end=4)
    assert lengths_of(lines, 4).tolist() == [1, 1]
