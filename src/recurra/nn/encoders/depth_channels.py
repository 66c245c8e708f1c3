"""Depth pictures of a body to channels that a convolution reads: shape, relief and motion."""

import torch
from torch import Tensor, nn

from recurra.nn.encoders.frame_channels import FrameChannels


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

    def forward(self, x: Tensor) -> Tensor:
        """Bring depth (B, T, H, W, 1), of any type, to (B, T, C, *window) in float32."""
        depth = x.squeeze(-1).float()  # (B, T, H, W)
        depth = self._cut(depth)
        body = (depth > 0).float()
        first = depth[:, 0]
        level = first.sum((1, 2)) / body[:, 0].sum((1, 2)).clamp(min=1)  # (B,)
        relief = body * (depth - level[:, None, None, None]) / self.relief
        shape = torch.stack([relief.clamp(-4, 4), body], 2)  # (B, T, 2, H', W')
        change = torch.cat([torch.zeros_like(shape[:, :1]), shape[:, 1:] - shape[:, :-1]], 1)
        moved = change.clamp(-1, 1).abs().amax(2)  # (B, T, H', W')
        traces = [self._trace(moved, decay) for decay in self.decays]
        return torch.cat([shape, change, *(trace.unsqueeze(2) for trace in traces)], 2)

    def _cut(self, depth: Tensor) -> Tensor:
        """Cut the window around the body's middle in the first frame out of (B, T, H, W); 0 beyond the picture."""
        height, width = self.window
        body = (depth[:, 0] > 0).float()  # (B, H, W)
        rows = self._indices(body.sum(2), height)  # (B, H')
        columns = self._indices(body.sum(1), width)  # (B, W')
        padded = nn.functional.pad(depth, (1, 1, 1, 1))  # what lies outside reads the margin
        rows = (rows + 1).clamp(0, depth.shape[2] + 1)
        columns = (columns + 1).clamp(0, depth.shape[3] + 1)
        batch = torch.arange(len(depth), device=depth.device)[:, None, None]
        cut = padded.transpose(0, 1)[:, batch, rows[:, :, None], columns[:, None, :]]  # (T, B, H', W')
        return cut.transpose(0, 1)

    @staticmethod
    def _indices(weights: Tensor, size: int) -> Tensor:
        """Give the `size` indices, (B, size), around the middle of what weighs (B, N); of all where nothing does."""
        total = weights.sum(1)
        steps = torch.arange(weights.shape[1], device=weights.device, dtype=weights.dtype)
        middle = torch.where(total > 0, (weights * steps).sum(1) / total.clamp(min=1), (weights.shape[1] - 1) / 2)
        first = (middle - (size - 1) / 2).round().to(torch.int64)
        return first[:, None] + torch.arange(size, device=weights.device)

    @staticmethod
    def _trace(moved: Tensor, decay: float) -> Tensor:
        """Let what has moved, (B, T, H, W), fade by `decay` at each frame."""
        trace, traces = torch.zeros_like(moved[:, 0]), []
        for frame in moved.unbind(1):
            trace = torch.maximum(trace * decay, frame)
            traces.append(trace)
        return torch.stack(traces, 1)
