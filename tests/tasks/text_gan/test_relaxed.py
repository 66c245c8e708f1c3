import torch

from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.generator import TextGenerator
from recurra.tasks.text_gan.relaxed import drawn


def test_relaxed_lines_end_and_carry_gradients():
    torch.manual_seed(0)
    generator = TextGenerator(5, 1, TextGANConfig(hidden_size=4))
    lines, lengths = drawn(generator, torch.full((64,), 5), 6, 4, 1.0)
    assert lines.shape == (64, 6, 5)
    assert torch.allclose(lines.sum(-1), torch.ones(64, 6), atol=1e-5)
    hard = lines.argmax(-1)
    first = [row.tolist().index(4) + 1 if 4 in row.tolist() else 6 for row in hard]
    assert lengths.tolist() == first
    lines[:, -1, 0].sum().backward()
    assert all(weight.grad is not None for weight in generator.parameters())


def test_sharp_lines_are_drawn_as_the_softmax_says():
    torch.manual_seed(0)
    generator = TextGenerator(5, 1, TextGANConfig(hidden_size=4)).eval()
    with torch.no_grad():
        lines, _ = drawn(generator, torch.full((4000,), 5), 1, None, 100.0)
        expected = generator.step(generator.embedding[5:6], None)[0].softmax(-1)[0]
    shares = torch.bincount(lines.argmax(-1).flatten(), minlength=5) / 4000
    assert torch.allclose(shares, expected, atol=0.03)
