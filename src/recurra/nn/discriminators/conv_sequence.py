"""A discriminator of sequences that looks at several steps at once, by convolutions of several widths."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.nn.dropout import Dropout
from recurra.nn.step_mask import step_mask


class ConvSequenceDiscriminator(nn.Module):
    """Convolutions over the steps, the largest of each over time, and a score (Kim, 2014; Yu et al., 2017).

    Args:
        input_size: I, of the vectors.
        channels: of each width.
        widths: steps that a convolution sees at once.
        dropout: of what the score is made from.
    """

    def __init__(
        self, input_size: int, channels: int = 64, widths: Sequence[int] = (2, 3, 4, 5), dropout: float = 0.25
    ):
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv1d(input_size, channels, width) for width in widths)
        self.widths = tuple(widths)
        features = channels * len(self.widths)
        self.gate = nn.Linear(features, features)
        self.transform = nn.Linear(features, features)
        self.dropout = Dropout(dropout)
        self.score = nn.Linear(features, 1)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Score sequences.

        Args:
            x: (B, T, I).
            lengths: real steps of each, (B,); None where all are.

        Returns:
            (B,).
        """
        if lengths is not None:
            x = x * step_mask(lengths, x.shape[1]).unsqueeze(-1)
        # All sequences but the longest of a batch have windows wholly behind their end; so the longest gets one, too.
        x = F.pad(x.transpose(1, 2), (0, max(self.widths)))  # (B, I, T + W)
        largest = [F.relu(convolution(x)).amax(-1) for convolution in self.convolutions]
        features = torch.cat(largest, -1)  # (B, F)
        gate = torch.sigmoid(self.gate(features))  # a highway layer
        features = gate * F.relu(self.transform(features)) + (1 - gate) * features
        score: Tensor = self.score(self.dropout(features)).squeeze(-1)
        return score
