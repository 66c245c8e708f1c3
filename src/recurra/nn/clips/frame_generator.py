"""Frames made of a content and a motion: a thing that moves before what stays."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.nn.clips.upsampling import Upsampling
from recurra.nn.clips.window import place

_SLOPE = 0.2  # of the leaky ReLU
_HIDDEN = 8.0  # a pixel is shown by the sigmoid of its score; that of one outside of the window is minus this
_CONTRAST = 4.0  # deviation of these scores in a window
_LEVEL = 1.0  # deviations above the mean from which on a pixel is shown: a sixth of them at first
_SMALLEST = 0.1  # a window's share of a frame
_FIRST_SIZE = -0.5  # of windows before they are learnt, by a sigmoid: 0.38 of a frame
_SPREAD = 2.0  # times as large as usual the weights of their places begin: outputs of a recurrence are small


class FrameGenerator(nn.Module):
    """Content and motion to frames, each a foreground before a background (Vondrick et al., 2016).

    The content alone makes the background, which stays, and the palette and size of the foreground. Content and motion
    draw the foreground in a window, and the motion moves the window. So a thing is learnt once for all places, and
    keeps its size and its colors however it moves. Each pixel of the foreground chooses a color of the palette by
    softmax in training; where nothing is learnt it takes one color and is shown or not, so that edges are sharp.
    Without a palette colors and edges are as they come, which photographs need.

    Args:
        content_size, motion_size: numbers of a content, and of a step of a motion.
        side: height and width of a frame in pixels, a power of two from 16 on.
        channels: of the last map before a result; each one before it has as many more.
        palette: colors of a clip's foreground; 0 for any.
        moving_background: whether each frame has a background of its own, as where a camera moves.
    """

    def __init__(
        self,
        content_size: int,
        motion_size: int,
        side: int = 64,
        channels: int = 16,
        palette: int = 4,
        moving_background: bool = False,
    ):
        super().__init__()
        self.side, self.palette, self.moving_background = side, palette, moving_background
        width = 4 * channels
        layers = nn.Linear(content_size, width), nn.Linear(width, width)
        for layer in layers:  # so that contents differ as much as their noise
            nn.init.kaiming_normal_(layer.weight, _SLOPE)
        self.content = nn.Sequential(layers[0], nn.LeakyReLU(_SLOPE), layers[1], nn.LeakyReLU(_SLOPE))
        both = width + motion_size
        self.background = Upsampling(both if moving_background else width, width, 3, side, channels)
        self.foreground = Upsampling(both, width, 1 + (palette or 3), side // 2, channels)
        self.colors = nn.Linear(width, 3 * palette) if palette else None
        self.size = nn.Linear(width, 1)
        nn.init.constant_(self.size.bias, _FIRST_SIZE)
        self.center = nn.Linear(motion_size, 2)
        with torch.no_grad():
            self.center.weight *= _SPREAD

    def forward(self, content: Tensor, motion: Tensor) -> Tensor:
        """Make frames.

        Args:
            content: (B, content_size).
            motion: (B, T, motion_size).

        Returns:
            (B, T, 3, H, W), from -1 to 1.
        """
        batch, steps = motion.shape[:2]
        content = self.content(content)  # (B, width)
        repeated = content.repeat_interleave(steps, 0)  # (B T, width)
        motion = motion.flatten(0, 1)  # (B T, motion_size)
        both = torch.cat([repeated, motion], 1)
        background = self.background(both, repeated) if self.moving_background else self.background(content, content)
        background = background.tanh().view(batch, -1, 3, self.side, self.side)  # (B, T or 1, 3, H, W)
        maps = self.foreground(both, repeated)  # (B T, 1 + palette or 3, H / 2, W / 2)
        window = torch.cat([self._colors(maps[:, 1:], content), _contrasted(maps[:, :1]) + _HIDDEN], 1)
        sizes = _SMALLEST + (1 - _SMALLEST) * self.size(repeated).sigmoid().squeeze(1)  # (B T,)
        placed = place(window, self.center(motion).tanh(), sizes, self.side)  # (B T, 4, H, W)
        placed = placed.view(batch, steps, 4, self.side, self.side)
        return torch.lerp(background, placed[:, :, :3], self._shown(placed[:, :, 3:] - _HIDDEN))

    def _colors(self, maps: Tensor, content: Tensor) -> Tensor:
        """Colors of the foreground, (N, 3, h, w), by what the last convolution gives, of contents (B, width)."""
        if self.colors is None:
            return maps.tanh()
        palette = self.colors(content).tanh().view(-1, 3, self.palette)  # (B, 3, palette)
        if self.training:
            shares = maps.flatten(2).softmax(1)  # (B T, palette, h w)
        else:
            shares = F.one_hot(maps.flatten(2).argmax(1), self.palette).transpose(1, 2).to(maps.dtype)
        repeated = palette.repeat_interleave(len(maps) // len(palette), 0)  # (N, 3, palette)
        colors = torch.bmm(repeated.to(shares.dtype), shares)  # (N, 3, h w)
        return colors.view(-1, 3, *maps.shape[2:])

    def _shown(self, scores: Tensor) -> Tensor:
        """How much of the foreground is seen at each pixel, by scores."""
        if self.training or self.colors is None:
            return scores.sigmoid()
        return (scores > 0).to(scores.dtype)


def _contrasted(scores: Tensor) -> Tensor:
    """Scores (N, 1, h, w) of which some are above 0 and some below, so that a thing can be small but never vanish.

    A generator that is found out easily would else learn to show nothing.
    """
    deviation, mean = torch.std_mean(scores, (2, 3), correction=0, keepdim=True)
    return ((scores - mean) / (deviation + 1e-3) - _LEVEL) * _CONTRAST
