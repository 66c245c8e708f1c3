"""Vectors of an encoder that does not learn, made ready for a recurrence."""

from typing import Any

from torch import Tensor, nn

from recurra.nn.dropout import VariationalDropout
from recurra.nn.encoders import Encoder
from recurra.nn.encoders.step_batch_norm import StepBatchNorm


class FeatureEncoder(Encoder):
    """Standardizes vectors by what it has seen in training, and makes them shorter.

    Args:
        input_size: of the vectors.
        size: after it, F.
        dropout: share of the numbers set to zero, in a clip at all of its steps.
    """

    def __init__(self, input_size: int, size: int = 128, dropout: float = 0.3):
        super().__init__()
        self.norm = StepBatchNorm(input_size)
        self.dropout = VariationalDropout(dropout, batch_first=True)
        self.out = nn.Linear(input_size, size)
        self.size, self.stride = size, 1

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, I), lengths (B,), to (B, T, F) and the same lengths."""
        return self.out(self.dropout(self.norm(x, lengths))).relu(), lengths

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        return self(x)[0], None
