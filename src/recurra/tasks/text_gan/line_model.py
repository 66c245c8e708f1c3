"""What makes lines: a generator alone, or with a discriminator that chooses among its lines.

The second is a residual energy-based model (Deng et al., 2020): a line is as likely as the generator says times exp of
its score, over what that comes to in all. A discriminator that has learnt by the logistic loss scores a line by the
logarithm of how much likelier it is among real lines than among made ones; so the product comes nearer to real lines.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.tasks.text_gan.drawing import draw, draw_symbols, has_any, lengths_of
from recurra.tasks.text_gan.generator import TextGenerator

Allowed = Callable[[Tensor], Tensor]
"""Changes the scores of the next symbols, (B, V), to those of what may be written."""
_AT_ONCE = 500  # lines that are chosen side by side
_NORMALIZING = 2000  # lines that are drawn to know what all come to


@dataclass(frozen=True)
class LineModel:
    """A distribution over lines.

    Attributes:
        generator: that writes them.
        steps: symbols of the longest line, its end included.
        end: the symbol that ends a line; None where lines do not end.
        discriminator: that chooses, from beginnings, lines and lengths to scores; None takes every line.
        candidates: lines that it chooses one from. The more, the closer is what is drawn to what `log_normalizers` and
            the scores say of it (sampling and importance resampling: Rubin, 1987).
        unscored: symbols; lines that have one of them have the score 0, since the discriminator has learnt of none.
    """

    generator: TextGenerator
    steps: int
    end: int | None
    discriminator: nn.Module | None = None
    candidates: int = 1
    unscored: tuple[int, ...] = ()

    @torch.no_grad()
    def draw(
        self,
        beginnings: Tensor,
        random: torch.Generator,
        temperature: float = 1.0,
        steps: int | None = None,
        prefixes: Tensor | None = None,
        allowed: Allowed | None = None,
    ) -> Tensor:
        """Draw lines, (N, T); as `drawing.draw`, with the steps of this model where none are named."""
        steps = steps or self.steps
        if self.discriminator is None:
            return draw(self.generator, beginnings, steps, random, temperature, prefixes, allowed, self.end)
        parts = []
        for start in range(0, len(beginnings), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            repeated = beginnings[rows].repeat_interleave(self.candidates)
            prefix = None if prefixes is None else prefixes[rows].repeat_interleave(self.candidates, 0)
            lines = draw(self.generator, repeated, steps, random, temperature, prefix, allowed, self.end)
            scores = self.scores(repeated, lines, lengths_of(lines, self.end)).view(-1, self.candidates)
            chosen = draw_symbols(scores, random).unsqueeze(1)  # (N, 1)
            rows_of_lines = torch.arange(len(lines), device=lines.device).view(-1, self.candidates)
            parts.append(lines[rows_of_lines.gather(1, chosen).squeeze(1)])
        longest = max(part.shape[1] for part in parts)
        return torch.cat([F.pad(part, (0, longest - part.shape[1]), value=self.end or 0) for part in parts])

    @torch.no_grad()
    def log_normalizers(self, beginnings: Tensor, temperature: float) -> dict[int, float]:
        """Estimate the logarithm of the mean of exp of the scores of drawn lines, for each beginning among some.

        The estimate is a little too low, by half of the variance of that mean.
        """
        if self.discriminator is None:
            return dict.fromkeys(beginnings.unique().tolist(), 0.0)
        random = torch.Generator(beginnings.device).manual_seed(0)
        kinds = beginnings.unique()
        logarithms = dict[int, float]()
        for beginning in kinds:
            repeated = beginning.repeat(max(_NORMALIZING // len(kinds), 200))
            lines = draw(self.generator, repeated, self.steps, random, temperature, end=self.end)
            scores = self.scores(repeated, lines, lengths_of(lines, self.end))
            logarithms[int(beginning)] = float(scores.double().exp().mean().log())
        return logarithms

    @torch.no_grad()
    def scores(self, beginnings: Tensor, lines: Tensor, lengths: Tensor) -> Tensor:
        """Score lines (N, T) as the discriminator does, (N,), some at a time; 0 where there is none."""
        if self.discriminator is None:
            return torch.zeros(len(lines), device=lines.device)
        parts = []
        for start in range(0, len(lines), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            parts.append(self.discriminator(beginnings[rows], lines[rows], lengths[rows]))
        return torch.cat(parts).masked_fill(has_any(lines, lengths, self.unscored), 0.0)
