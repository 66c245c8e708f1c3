import torch
from torch import nn

from recurra.tasks.text_gan import policy_gradient
from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.drawing import lengths_of
from recurra.tasks.text_gan.generator import TextGenerator
from recurra.tasks.text_gan.network import TextBatch

END = 4


class Likes(nn.Module):
    """Scores a line by how often it has a symbol before its end."""

    def forward(self, beginnings, lines, lengths):
        assert len(beginnings) == len(lines)
        steps = torch.arange(lines.shape[1]) < lengths.unsqueeze(1)
        return 4.0 * ((lines == 2) & steps).sum(1) - 4.0


def _generator(cell: str = "lstm") -> TextGenerator:
    torch.manual_seed(0)
    return TextGenerator(5, 1, TextGANConfig(hidden_size=8, cell=cell, dropout=0.0))


def test_ends_keep_their_beginnings_and_differ():
    generator, count, steps, rollouts = _generator(), 3, 6, 50
    begin = torch.full((count,), 5)
    symbols = torch.randint(4, (count, steps))
    with torch.no_grad():
        ends = policy_gradient._ends(generator, begin, symbols, rollouts)
    assert ends.shape == (steps - 1, rollouts, count, steps)
    for step in range(steps - 1):
        assert (ends[step, :, :, : step + 1] == symbols[:, : step + 1]).all()
        assert len({tuple(line) for line in ends[step, :, 0].tolist()}) > 1


def test_ends_are_drawn_as_the_generator_goes_on():
    generator = _generator().eval()
    symbols = torch.randint(5, (1, 3))
    with torch.no_grad():
        ends = policy_gradient._ends(generator, torch.tensor([5]), symbols, 4000)[0, :, 0]
        following = torch.stack([torch.full((5,), int(symbols[0, 0])), torch.arange(5)], 1)
        inputs = torch.tensor([[5, int(symbols[0, 0])]]).expand(5, 2)
        expected = generator.log_probs(inputs, following)[:, 1].exp()
    shares = torch.bincount(ends[:, 1], minlength=5) / 4000
    assert torch.allclose(shares, expected, atol=0.03)


def test_what_a_symbol_is_worth_is_the_mean_over_its_ends():
    generator = _generator("gru")
    symbols = torch.tensor([[2, 2, 2, 4], [0, 1, 4, 2]])
    values = policy_gradient.rewards(generator, Likes(), torch.tensor([5, 5]), symbols, END, 8)
    whole = torch.sigmoid(Likes()(torch.tensor([5, 5]), symbols, lengths_of(symbols, END)))
    assert torch.allclose(values[:, -1], whole)
    assert torch.allclose(values[1, 2], whole[1])  # its line has ended
    assert values[0, 0] > values[1, 0]


def test_the_generator_learns_what_the_discriminator_likes():
    generator = _generator()
    batch = TextBatch(torch.full((32,), 5), torch.zeros(32, 4, dtype=torch.int64), torch.full((32,), 4))
    optimizer = torch.optim.Adam(generator.parameters(), 0.02)

    def share() -> float:
        lines, _ = policy_gradient.drawn(generator, torch.full((500,), 5), 4, END)
        return float((lines == 2).float().mean())

    before = share()
    for _ in range(40):
        loss = policy_gradient.loss(generator, Likes(), batch, END, 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert share() > before + 0.3
