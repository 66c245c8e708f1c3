"""A recurrence that answers while it reads."""

from typing import Any

import torch
from torch import Tensor, nn

from recurra.nn import Dropout
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.video.config import VideoConfig


class RunningClassifier(nn.Module):
    """A recurrence over features, and a head that answers at every step from what came before it.

    Args:
        size: of the features, F.
        outputs: of the head.
        config: the settings.
    """

    def __init__(self, size: int, outputs: int, config: VideoConfig):
        super().__init__()
        self.recurrence = recurrent_stack(config, size, bidirectional=config.bidirectional)
        self.reads_mean = config.pooling == "mean"
        self.answers_once = config.bidirectional and not config.per_step
        self.dropout = Dropout(config.dropout)
        self.head = nn.Linear(config.hidden_size * self.recurrence.num_directions, outputs)

    def forward(self, features: Tensor, lengths: Tensor | None, state: Any = None) -> tuple[Tensor, Any]:
        """Answer at every step.

        Args:
            features: (B, T, F).
            lengths: steps of each clip, (B,), 1 or more; None where all are.
            state: as returned, to go on from; None at the beginning.

        Returns:
            Scores (B, T, outputs), of a network of two directions at the end alone, (B, 1, outputs); and the state
            then.
        """
        carried, total, count = (None, None, 0) if state is None else state
        outputs, carried = self.recurrence(features, carried, lengths=lengths)  # (B, T, D H)
        if self.answers_once:
            pooled = self._at_end(outputs, carried, lengths)  # (B, 1, D H)
        elif self.reads_mean:
            sums = outputs.cumsum(1) if total is None else outputs.cumsum(1) + total.unsqueeze(1)
            steps = torch.arange(count + 1, count + 1 + outputs.shape[1], device=outputs.device)
            pooled = sums / steps.unsqueeze(-1)
            total, count = sums[:, -1], count + outputs.shape[1]
        else:
            pooled = outputs
        logits: Tensor = self.head(self.dropout(pooled))
        return logits, (carried, total, count)

    def _at_end(self, outputs: Tensor, carried: Any, lengths: Tensor | None) -> Tensor:
        """What the answer is read from when all steps were seen, (B, 1, D H)."""
        if self.reads_mean:
            steps = outputs.shape[1] if lengths is None else lengths.unsqueeze(-1)  # a number, or (B, 1)
            return (outputs.sum(1) / steps).unsqueeze(1)  # outputs beyond the end are zero
        h = carried[0] if isinstance(carried, tuple) else carried  # (L D, B, H)
        return torch.cat(list(h[-2:]), -1).unsqueeze(1)
