"""The recurrences that read one signal: one for each part of its vectors, whose scores are added."""

from typing import Any, cast

import torch
from torch import Tensor, nn

from recurra.nn import Recurrent
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.running_classifier import RunningClassifier


class SignalClassifier(nn.Module):
    """A `RunningClassifier` for each part of a signal's vectors.

    Views of one signal, such as the joints of a body and their motion, hold different mistakes when each is learnt by
    itself, and overfit together when one recurrence reads all (two streams: Shi et al., 2019, "Two-Stream Adaptive
    Graph Convolutional Networks for Skeleton-Based Action Recognition").

    Args:
        sizes: of the parts.
        outputs: of the heads.
        config: the settings.
    """

    def __init__(self, sizes: tuple[int, ...], outputs: int, config: VideoConfig):
        super().__init__()
        self.sizes, self.outputs = sizes, outputs
        self.parts = nn.ModuleList(RunningClassifier(size, outputs, config) for size in sizes)
        # what views say is the same in part, so that their sum is too sure
        self.scale = nn.Parameter(torch.tensor(len(sizes) ** -0.5)) if len(sizes) > 1 else None

    @property
    def recurrences(self) -> list[Recurrent]:
        """What reads each part."""
        return [cast(RunningClassifier, part).recurrence for part in self.parts]

    def forward(self, features: Tensor, lengths: Tensor | None, state: Any = None) -> tuple[Tensor, list[Tensor], Any]:
        """Answer at every step.

        Args:
            features: (B, T, F), F the sum of the sizes.
            lengths: steps of each clip, (B,), 1 or more; None where all are.
            state: as returned, to go on from; None at the beginning.

        Returns:
            Scores (B, T, outputs), of a network of two directions at the end alone, (B, 1, outputs); the same of each
            part, where there are several; and the state then.
        """
        states = state or [None] * len(self.sizes)
        logits, after = list[Tensor](), list[Any]()
        for part, values, of_part in zip(self.parts, features.split(self.sizes, -1), states, strict=True):
            scores, of_part = part(values, lengths, of_part)
            logits.append(scores)
            after.append(of_part)
        if self.scale is None:
            return logits[0], [], after
        return torch.stack(logits).sum(0) * self.scale, logits, after
