"""Learning to write by what a discriminator thinks of the ends of each beginning (SeqGAN: Yu et al., 2017)."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.nn.generators import generator_for
from recurra.nn.layout import State
from recurra.nn.step_mask import step_mask
from recurra.tasks.text_gan.drawing import draw, draw_symbols, lengths_of
from recurra.tasks.text_gan.generator import TextGenerator

if TYPE_CHECKING:
    from recurra.tasks.text_gan.network import TextBatch

_AT_ONCE = 4096  # lines scored together


def drawn(generator: TextGenerator, beginnings: Tensor, steps: int, end: int | None) -> tuple[Tensor, Tensor]:
    """Draw lines: symbols (B, T), and lengths (B,)."""
    symbols = draw(generator, beginnings, steps, generator_for(generator.bias), end=end)
    return symbols, lengths_of(symbols, end)


def loss(
    generator: TextGenerator, discriminator: nn.Module, batch: "TextBatch", end: int | None, rollouts: int
) -> Tensor:
    """Compute a loss whose gradient is that of the expected reward of a line, with the sign turned.

    A symbol is worth what the discriminator thinks, on the mean, of lines that begin with it and what stands before it;
    from this the mean over the batch at the same step is subtracted.

    Args:
        generator: that writes.
        discriminator: from beginnings, lines and lengths to scores.
        batch: says how many lines to write, of which beginnings.
        end: the symbol that ends a line; None where lines do not end.
        rollouts: ends that are drawn for each beginning.
    """
    symbols, lengths = drawn(generator, batch.beginnings, batch.targets.shape[1], end)
    mask = step_mask(lengths, symbols.shape[1])
    values = rewards(generator, discriminator, batch.beginnings, symbols, end, rollouts)  # (B, T)
    baseline = (values * mask).sum(0) / mask.sum(0).clamp(min=1)
    inputs = torch.cat([batch.beginnings.unsqueeze(1), symbols[:, :-1]], 1)
    log_probs = generator.log_probs(inputs, symbols)
    return -((values - baseline) * log_probs * mask).sum() / mask.sum()


@torch.no_grad()
def rewards(
    generator: TextGenerator,
    discriminator: nn.Module,
    beginnings: Tensor,
    symbols: Tensor,
    end: int | None,
    rollouts: int,
) -> Tensor:
    """Give what each symbol of lines is worth: the probability of being real, a mean over ends drawn behind it.

    All ends of all beginnings are drawn side by side: at each step those that have begun before take one symbol more.

    Args:
        generator, discriminator, beginnings, end, rollouts: as of `loss`.
        symbols: the lines, (B, T).

    Returns:
        (B, T); at the last step of the line itself.
    """
    count, steps = symbols.shape
    ends = _ends(generator, beginnings, symbols, rollouts)  # (T - 1, R, B, T)
    lines = torch.cat([ends.flatten(0, 2), symbols])
    begins = beginnings.repeat(len(lines) // count)
    scores = [
        discriminator(begins[at : at + _AT_ONCE], part, lengths_of(part, end))
        for at, part in ((at, lines[at : at + _AT_ONCE]) for at in range(0, len(lines), _AT_ONCE))
    ]
    values = torch.sigmoid(torch.cat(scores))
    of_ends = values[:-count].view(steps - 1, rollouts, count).mean(1)  # (T - 1, B)
    return torch.cat([of_ends, values[-count:].unsqueeze(0)]).T


def _ends(generator: TextGenerator, beginnings: Tensor, symbols: Tensor, rollouts: int) -> Tensor:
    """Draw lines that begin with the first t + 1 symbols of others, (T - 1, R, B, T)."""
    count, steps = symbols.shape
    weights, random = generator.recurrent.pack(), generator_for(generator.bias)
    lines = symbols.expand(steps - 1, rollouts, count, steps).reshape(-1, steps).clone()
    _, state = generator.step(F.embedding(beginnings, generator.embedding), None, weights)
    logits, states = generator.bias.new_empty(0, generator.symbols), None
    for step in range(steps):
        begun = step * rollouts * count  # lines whose symbol at this step is to be drawn
        if begun:
            lines[:begun, step] = draw_symbols(logits, random)
        if step == steps - 1:
            break
        if begun:
            logits, states = generator.step(F.embedding(lines[:begun, step], generator.embedding), states, weights)
        next_logits, state = generator.step(F.embedding(symbols[:, step], generator.embedding), state, weights)
        logits = torch.cat([logits, next_logits.repeat(rollouts, 1)])
        states = _joined(states, state, rollouts)
    return lines.view(steps - 1, rollouts, count, steps)


def _joined(states: State | None, state: State, rollouts: int) -> State:
    """Put a state, so many times, behind those of the lines that have begun before; (L, B, H) each part."""
    if isinstance(state, Tensor):
        repeated = state.repeat(1, rollouts, 1)
        return repeated if states is None else torch.cat([states, repeated], 1)  # type: ignore[list-item]
    before = [None] * len(state) if states is None else states
    return tuple(_joined(part, new, rollouts) for part, new in zip(before, state, strict=True))  # type: ignore[misc]
