"""Frames read by a convolutional recurrence: what moves is seen where it is, before it becomes a vector."""

from typing import Any

from torch import Tensor, nn

from recurra.nn import ConvGRU, ConvLSTM
from recurra.nn.dropout import VariationalDropout
from recurra.nn.encoders import Encoder
from recurra.nn.step_mask import step_mask

_GRID = 3  # rows and columns to which the last map is averaged


class ConvRecurrentEncoder(Encoder):
    """Two convolutions that make a frame smaller, and a convolutional LSTM or GRU over the maps (Shi et al., 2015).

    Args:
        cell: "lstm" or "gru".
        colors: channels of a frame.
        channels: after the first convolution; twice as many later.
        dropout: share of the vector set to zero, in a clip at all of its frames.

    `size` is the width F of the vectors.
    """

    def __init__(self, cell: str, colors: int, channels: int, dropout: float = 0.1):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(colors, channels, 3, 2, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, 2 * channels, 3, 2, 1, bias=False),
            nn.BatchNorm2d(2 * channels),
            nn.ReLU(),
        )
        kind = ConvLSTM if cell == "lstm" else ConvGRU
        self.recurrence = kind(2 * channels, 2 * channels, 3, batch_first=True)
        self.pool = nn.AdaptiveAvgPool2d(_GRID)
        self.dropout = VariationalDropout(dropout, batch_first=True)
        self.size, self.stride = 2 * channels * _GRID * _GRID, 1

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring frames (B, T, H, W, C) uint8, lengths (B,), to vectors (B, T, F) and the same lengths."""
        vectors, _ = self._read(x, lengths, None)
        return self.dropout(vectors), lengths

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        return self._read(x, None, state)

    def _read(self, x: Tensor, lengths: Tensor | None, state: Any) -> tuple[Tensor, Any]:
        """The vectors of frames (B, T, H, W, C), and the state of the recurrence then."""
        frames = x.movedim(-1, 2).float() / 127.5 - 1  # (B, T, C, H, W)
        if lengths is None:
            maps = self.stem(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        else:
            mask = step_mask(lengths, x.shape[1])  # (B, T)
            rows = self.stem(frames[mask])  # (N, C', H', W'): the frames that are no padding
            maps = rows.new_zeros(*mask.shape, *rows.shape[1:])
            maps = maps.masked_scatter(mask[..., None, None, None], rows)
        outputs, state = self.recurrence(maps, state, lengths=lengths)  # (B, T, C', H', W')
        return self.pool(outputs.flatten(0, 1)).reshape(*x.shape[:2], self.size), state
