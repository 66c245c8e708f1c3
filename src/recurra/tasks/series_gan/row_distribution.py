"""A distribution of the next row of a series, by the output of a recurrence after the rows before it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.data.tables.feature import Feature
from recurra.nn import noise as random
from recurra.tasks.series_gan.heads import head, slices
from recurra.tasks.series_gan.normal_mixture import NormalMixture


class RowDistribution(nn.Module):
    """Of the numbers of a row a mixture of normal distributions, of categories and marks probabilities (Graves, 2013).

    Numbers are predicted as departures from those of the row before; categories are drawn each for itself.

    Args:
        hidden_size: numbers of an output, H.
        features: of a row, F numbers together.
        mixtures: normal distributions of a mixture, K.
    """

    def __init__(self, hidden_size: int, features: Sequence[Feature], mixtures: int):
        super().__init__()
        parts = list(zip(features, slices(features), strict=True))
        self.numbers = [part.start for feature, part in parts if feature.kind == "number"]
        self.others = [(feature.kind, part) for feature, part in parts if feature.kind != "number"]
        count = len(self.numbers)
        self.mixture = NormalMixture(hidden_size, count, mixtures)
        self.other_head = head(hidden_size, sum(feature.size for feature in features) - count)

    @property
    def noise_size(self) -> int:
        """Numbers of noise that a row is drawn by, R: the choice in the mixture, categories and marks, and numbers."""
        return 1 + len(self.others) + len(self.numbers)

    def draw_noise(self, count: int, steps: int, like: Tensor) -> Tensor:
        """Draw what rows are drawn by, (count, T, R), all standard normal."""
        return random.normal(count, steps, self.noise_size, like=like)

    # --- the density -----------------------------------------------------------------------------------------------

    def log_probs(self, outputs: Tensor, rows: Tensor, true: Tensor) -> Tensor:
        """Give the logarithm of the density of true rows, (B, T), in nats.

        Args:
            outputs: after the rows before them, (B, T, H).
            rows: the rows before them, (B, T, F).
            true: (B, T, F).
        """
        total = outputs.new_zeros(outputs.shape[:2])
        if self.numbers:
            total = total + self.mixture.log_probs(outputs, rows[..., self.numbers], true[..., self.numbers])
        return total + self._other_log_probs(outputs, true)

    def _other_log_probs(self, outputs: Tensor, true: Tensor) -> Tensor:
        total = outputs.new_zeros(outputs.shape[:2])
        if not self.others:
            return total
        logits, position = self.other_head(outputs), 0
        for kind, part in self.others:
            size = part.stop - part.start
            scores = logits[..., position : position + size]
            if kind == "category":
                total = total + (torch.log_softmax(scores, -1) * true[..., part]).sum(-1)
            else:
                signs = 2 * true[..., part] - 1
                total = total + F.logsigmoid(signs * scores).sum(-1)
            position += size
        return total

    # --- drawing ---------------------------------------------------------------------------------------------------

    def draw(self, outputs: Tensor, rows: Tensor, noise: Tensor) -> Tensor:
        """Draw rows (B, 1, F), categories and marks as 0 and 1; numbers are differentiable by their noise.

        Args:
            outputs: after the rows before them, (B, 1, H).
            rows: the rows before them, (B, 1, F).
            noise: of `draw_noise`, (B, 1, R).
        """
        drawn = torch.zeros_like(rows)
        choices, normal = noise.split([1 + len(self.others), len(self.numbers)], -1)
        uniform = torch.special.ndtr(choices)
        if self.numbers:
            numbers = self.mixture.draw(outputs, rows[..., self.numbers], uniform[..., :1], normal)
            drawn[..., self.numbers] = numbers.clamp(0, 1)
        if not self.others:
            return drawn
        logits, position = self.other_head(outputs), 0
        for number, (kind, part) in enumerate(self.others):
            size = part.stop - part.start
            scores, threshold = logits[..., position : position + size], uniform[..., 1 + number : 2 + number]
            if kind == "category":
                chosen = (torch.softmax(scores, -1).cumsum(-1) < threshold).sum(-1).clamp(max=size - 1)
                drawn[..., part] = F.one_hot(chosen, size).to(drawn.dtype)
            else:
                drawn[..., part] = (threshold < torch.sigmoid(scores)).to(drawn.dtype)
            position += size
        return drawn
