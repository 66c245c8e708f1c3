"""Several encoders of one signal, side by side."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from recurra.nn.encoders.encoder import Encoder


class ParallelEncoder(Encoder):
    """Several views of one signal, each with an encoder of its own; their vectors stand side by side.

    Args:
        encoders: of one stride.

    Raises:
        ValueError: there are none, or their strides differ.
    """

    def __init__(self, encoders: Sequence[Encoder]):
        super().__init__()
        strides = {encoder.stride for encoder in encoders}
        if len(strides) != 1:
            raise ValueError(f"encoders: expected some of one stride, got strides {sorted(strides)}")
        self.encoders = nn.ModuleList(encoders)
        self.size, self.stride = sum(encoder.size for encoder in encoders), strides.pop()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the vectors of each encoder."""
        return tuple(cast(Encoder, encoder).size for encoder in self.encoders)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring samples (B, T, ...), lengths (B,), to vectors (B, T', F), and their lengths."""
        encoded = [encoder(x, lengths) for encoder in self.encoders]
        return torch.cat([values for values, _ in encoded], -1), encoded[0][1]

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        states = state or [None] * len(self.encoders)
        encoded = [cast(Encoder, encoder).stream(x, of) for encoder, of in zip(self.encoders, states, strict=True)]
        return torch.cat([values for values, _ in encoded], -1), [of for _, of in encoded]
