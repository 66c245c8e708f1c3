"""Lines of relaxed symbols, through which the discriminator's gradient reaches the generator (Nie et al., 2019)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.nn.gumbel import gumbel_softmax
from recurra.tasks.text_gan.drawing import lengths_of
from recurra.tasks.text_gan.generator import TextGenerator


def drawn(
    generator: TextGenerator, beginnings: Tensor, steps: int, end: int | None, sharpness: float
) -> tuple[Tensor, Tensor]:
    """Draw lines; each relaxed symbol is what the generator reads next.

    Args:
        generator: that says what comes next.
        beginnings: the symbol that each line begins with, (B,).
        steps: of each line, T.
        end: the symbol that ends a line; None where lines do not end.
        sharpness: as of `gumbel_softmax`.

    Returns:
        Relaxed symbols (B, T, V), and the lengths of the lines by their likeliest symbols, (B,).
    """
    vectors, state = F.embedding(beginnings, generator.embedding), None
    table = generator.embedding[: generator.symbols]
    line = []
    for _ in range(steps):
        logits, state = generator.step(vectors, state)
        symbols = gumbel_softmax(logits, sharpness)  # (B, V)
        vectors = symbols @ table
        line.append(symbols)
    lines = torch.stack(line, 1)
    return lines, lengths_of(lines.detach().argmax(-1), end)
