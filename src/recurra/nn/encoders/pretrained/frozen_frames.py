"""Any network of images as an encoder of frames that does not learn."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.nn.step_mask import step_mask

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class FrozenFrames(nn.Module):
    """Each frame of a clip to a vector, by a network of images that stays as it is and in evaluation mode.

    Args:
        network: from images (N, 3, H, W) to vectors (N, F), or to maps (N, F, h, w), which are averaged. `size` is F,
            found by one empty frame of 64 x 64 pixels, or of `image_size`.
        mean, std: of red, green and blue, where white is 1: what is subtracted, and what the rest is divided by.
        image_size: height and width to which frames are brought, by averages of neighbouring pixels; None leaves them.
        frames_at_once: at most so many are computed together, which bounds the memory.
        dtype: in which the network computes; bfloat16 is 2 to 4 times as fast where the processor multiplies in it, and
            off by up to 5% of the largest number of a vector.
    """

    stride = 1
    mean: Tensor
    std: Tensor

    def __init__(
        self,
        network: nn.Module,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        *,
        image_size: tuple[int, int] | None = None,
        frames_at_once: int = 16,
        dtype: torch.dtype = torch.float32,
    ):
        super().__init__()
        if frames_at_once < 1:
            raise ValueError(f"frames_at_once: expected at least 1, got {frames_at_once}")
        as_any: Any = network  # whose types know no memory format
        as_any.to(dtype=dtype, memory_format=torch.channels_last)
        self.network = network.eval().requires_grad_(False)
        self.image_size, self.frames_at_once, self.dtype = image_size, frames_at_once, dtype
        self.register_buffer("mean", 255 * torch.tensor(mean), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std), persistent=False)
        height, width = image_size or (64, 64)
        device = next(network.parameters(), self.get_buffer("mean")).device
        self.to(device)
        self.size = self.frames(torch.zeros(1, height, width, 3, device=device)).shape[1]

    def train(self, mode: bool = True) -> "FrozenFrames":
        """Stay in evaluation mode, whatever `mode` says."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring frames (B, T, H, W, 3), lengths (B,), to (B, T, F), zeros beyond the ends, and the same lengths.

        Frames are red, green and blue from 0 to 255, uint8 or in floating point; vectors are float32.
        """
        if lengths is None:
            return self.frames(x.flatten(0, 1)).view(*x.shape[:2], self.size), None
        mask = step_mask(lengths, x.shape[1])  # (B, T)
        vectors = torch.zeros(*x.shape[:2], self.size, device=x.device)
        vectors[mask] = self.frames(x[mask])
        return vectors, lengths

    @torch.no_grad()
    def frames(self, frames: Tensor) -> Tensor:
        """Bring frames (N, H, W, 3), 0 to 255, to vectors (N, F) in float32.

        Raises:
            ValueError: they are no frames, or the network gives neither vectors nor maps.
        """
        if frames.dim() != 4 or frames.shape[-1] != 3:
            raise ValueError(f"frames: expected (N, H, W, 3), got {tuple(frames.shape)}")
        parts = [self._encode(part) for part in frames.split(self.frames_at_once)]
        return torch.cat(parts)

    def _encode(self, frames: Tensor) -> Tensor:
        images = ((frames - self.mean) / self.std).movedim(-1, 1)  # (N, 3, H, W), channels last in memory
        if self.image_size is not None and images.shape[-2:] != self.image_size:
            images = F.interpolate(images, self.image_size, mode="bilinear", antialias=True)
        y = self.network(images.to(self.dtype))
        if not isinstance(y, Tensor) or y.dim() not in (2, 4) or len(y) != len(frames):
            got = tuple(y.shape) if isinstance(y, Tensor) else type(y).__name__
            raise ValueError(f"frame encoder: expected vectors (N, F) or maps (N, F, h, w), got {got}")
        return y.flatten(2).mean(2).float() if y.dim() == 4 else y.float()  # (N, F)

    def extra_repr(self) -> str:
        """Show the settings."""
        return f"size={self.size}, image_size={self.image_size}, dtype={self.dtype}"
