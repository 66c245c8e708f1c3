"""What all generators of series have in common: windows made from noise, for some context, going on from some rows."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from recurra.data.tables.feature import Feature
from recurra.nn.step_mask import step_mask
from recurra.tasks.series_gan.batch import SeriesBatch
from recurra.training.adversarial_network import AdversarialNetwork


class SeriesNetwork(AdversarialNetwork[SeriesBatch]):
    """A network that makes windows.

    Args:
        features: of a row, F numbers together.
        context_size: numbers of what does not change in a series, C.
        config: the settings.
    """

    continues = False
    """Whether windows are made that go on from the rows before them."""
    phase: str = "game"
    """What is learnt now, where that is not yet the game: "autoencoder", "supervisor" or "likelihood"."""
    is_differentiable = True
    """Whether what is made has a gradient by its noise."""

    def __init__(self, features: Sequence[Feature], context_size: int, config: Any):
        super().__init__()
        self.features, self.context_size, self.config = list(features), context_size, config
        self.size = sum(feature.size for feature in features)

    def draw_noise(self, count: int, steps: int, like: Tensor) -> Tensor:
        """Draw what so many windows of so many rows are made of, (count, ...)."""
        raise NotImplementedError

    def make(
        self,
        noise: Tensor,
        steps: int,
        context: Tensor,
        before: Tensor | None = None,
        before_lengths: Tensor | None = None,
    ) -> Tensor:
        """Make windows, differentiable by their noise.

        Args:
            noise: of `draw_noise`, (B, ...).
            steps: rows of each, T.
            context: (B, C).
            before: the rows that the windows go on from, (B, S, F); None where they begin.
            before_lengths: how many these are, (B,); None for all.

        Returns:
            Numbers between 0 and 1, and probabilities of categories, (B, T, F).
        """
        raise NotImplementedError

    def forward(self, inputs: Tensor, lengths: Tensor | None = None, state: Any = None) -> tuple[Tensor, Any]:
        """Make windows as long as those of a batch, without context.

        Args:
            inputs: windows, of which the numbers of windows and rows count, (B, T, F).
            lengths: rows of each, (B,); what is made beyond is 0.
            state: nothing.

        Returns:
            Windows (B, T, F), and nothing.
        """
        context = inputs.new_zeros(len(inputs), self.context_size)
        made = self.make(self.draw_noise(len(inputs), inputs.shape[1], inputs), inputs.shape[1], context)
        return (made if lengths is None else made * step_mask(lengths, inputs.shape[1])[..., None]), None

    def phase_loss(self, batch: SeriesBatch) -> Tensor:
        """Compute what chooses the weights of a phase before the game: here, its loss."""
        return self.loss(batch)[0]

    def with_context(self, steps: Tensor, context: Tensor) -> Tensor:
        """Rows with the context of their series beside them, (B, T, F + C)."""
        if not self.context_size:
            return steps
        return torch.cat([steps, context[:, None].expand(-1, steps.shape[1], -1)], -1)


def unless_full(lengths: Tensor, steps: int) -> Tensor | None:
    """Give lengths (B,); None where no window is padded, which is read sooner."""
    return None if bool((lengths == steps).all()) else lengths
