"""Depth pictures of a body to channels that a convolution reads: shape, relief and motion."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from recurra.nn.encoders.frame_channels import FrameChannels
from recurra.nn.encoders.running import since


class DepthState(NamedTuple):
    """What is known of a clip from the frames so far.

    rows, columns: of the picture that the window shows, (B, H') and (B, W').
    level: mean depth of the body in the first frame, (B,).
    shape: relief and silhouette of the last frame, (B, 1, 2, H', W'); None at the start.
    traces: what has moved so far, for each decay (B, H', W').
    """

    rows: Tensor
    columns: Tensor
    level: Tensor
    shape: Tensor | None
    traces: list[Tensor]


class DepthChannels(FrameChannels):
    """Frames of depth, background 0, to a body in the middle of a window, seen in several channels.

    The window is the same for all frames of a clip: its middle is the body's in the first frame. The channels are

    - relief: depth from the body's mean depth in the first frame, in units of `relief`; 0 beside the body;
    - silhouette: 1 on the body, 0 beside it;
    - change: how both have changed since the frame before (2 channels);
    - trace, for each decay: what has moved so far, worth `decay` of it a frame later (motion history images: Bobick and
      Davis, 2001; depth motion maps: Yang, Zhang and Tian, 2012).

    All of a frame follows from it and the frames before.

    Args:
        window: height and width of the window, in pixels.
        relief: depth that counts as 1.
        decays: of the traces, 0 to 1.

    `channels` is their number, 4 and one for each decay.
    """

    def __init__(self, window: tuple[int, int] = (48, 48), relief: float = 16.0, decays: tuple[float, ...] = (0.9,)):
        super().__init__()
        self.window, self.relief, self.decays = window, relief, decays
        self.channels = 4 + len(decays)

    def forward(self, x: Tensor, state: DepthState | None = None) -> tuple[Tensor, DepthState]:
        """Bring depth (B, T, H, W, 1), of any type, to (B, T, C', H', W'), the size of the window."""
        depth = x.squeeze(-1).float()  # (B, T, H, W)
        state = state or self._start(depth[:, 0])
        depth = _cut(depth, state.rows, state.columns)
        body = (depth > 0).float()
        relief = body * (depth - state.level[:, None, None, None]) / self.relief
        shape = torch.stack([relief.clamp(-4, 4), body], 2)  # (B, T, 2, H', W')
        change = since(shape, 1, shape[:, :1] if state.shape is None else state.shape)
        moved = change.clamp(-1, 1).abs().amax(2)  # (B, T, H', W')
        traces = [_trace(moved, decay, last) for decay, last in zip(self.decays, state.traces, strict=True)]
        channels = torch.cat([shape, change, *(trace.unsqueeze(2) for trace in traces)], 2)
        return channels, state._replace(shape=shape[:, -1:], traces=[trace[:, -1] for trace in traces])

    def _start(self, first: Tensor) -> DepthState:
        """Find the body in the first frame (B, H, W)."""
        body = (first > 0).float()
        rows = _indices(body.sum(2), self.window[0])
        columns = _indices(body.sum(1), self.window[1])
        level = first.sum((1, 2)) / body.sum((1, 2)).clamp(min=1)
        traces = [first.new_zeros(len(first), *self.window) for _ in self.decays]
        return DepthState(rows, columns, level, None, traces)


def _cut(depth: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Cut rows (B, H') and columns (B, W') out of (B, T, H, W); 0 beyond the picture."""
    padded = nn.functional.pad(depth, (1, 1, 1, 1))  # what lies outside reads the margin
    rows = (rows + 1).clamp(0, depth.shape[2] + 1)
    columns = (columns + 1).clamp(0, depth.shape[3] + 1)
    batch = torch.arange(len(depth), device=depth.device)[:, None, None]
    cut = padded.transpose(0, 1)[:, batch, rows[:, :, None], columns[:, None, :]]  # (T, B, H', W')
    return cut.transpose(0, 1)


def _indices(weights: Tensor, size: int) -> Tensor:
    """Give the `size` indices, (B, size), around the middle of what weighs (B, N); of all where nothing does."""
    total = weights.sum(1)
    steps = torch.arange(weights.shape[1], device=weights.device, dtype=weights.dtype)
    middle = torch.where(total > 0, (weights * steps).sum(1) / total.clamp(min=1), (weights.shape[1] - 1) / 2)
    first = (middle - (size - 1) / 2).round().to(torch.int64)
    return first[:, None] + torch.arange(size, device=weights.device)


def _trace(moved: Tensor, decay: float, last: Tensor) -> Tensor:
    """Let what has moved, (B, T, H, W) and `last` (B, H, W) before, fade by `decay` at each frame."""
    traces = []
    for frame in moved.unbind(1):
        last = torch.maximum(last * decay, frame)
        traces.append(last)
    return torch.stack(traces, 1)
