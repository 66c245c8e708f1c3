"""A discriminator of sequences that reads them step by step."""

import torch
from torch import Tensor, nn

from recurra.nn.dropout import Dropout
from recurra.nn.pooling import Pooling
from recurra.nn.recurrent.torch_layers import GRU


class RecurrentSequenceDiscriminator(nn.Module):
    """A GRU in both directions, the mean and the largest of its outputs, and a score.

    Args:
        input_size: I, of the vectors.
        hidden_size: units of each direction.
        dropout: of what the score is made from.
    """

    def __init__(self, input_size: int, hidden_size: int = 64, dropout: float = 0.25):
        super().__init__()
        self.recurrent = GRU(input_size, hidden_size, batch_first=True, bidirectional=True)
        width = 2 * hidden_size
        self.mean, self.largest = Pooling("mean", width), Pooling("max", width)
        self.dropout = Dropout(dropout)
        self.score = nn.Linear(2 * width, 1)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Score sequences.

        Args:
            x: (B, T, I).
            lengths: real steps of each, (B,), at least 1; None where all are.

        Returns:
            (B,).
        """
        outputs, _ = self.recurrent(x, lengths=lengths)  # (B, T, 2 H)
        last = outputs[:, -1]
        features = torch.cat([self.mean(outputs, last, lengths), self.largest(outputs, last, lengths)], -1)
        score: Tensor = self.score(self.dropout(features)).squeeze(-1)
        return score
