"""The convolution of the input: kernel, stride, padding and dilation, read from what a caller gave."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

Pair = tuple[int, int]  # along the height, along the width
Size = int | Pair


@dataclass(frozen=True)
class Convolution:
    """The settings of a 2-D convolution.

    Attributes:
        kernel_size, stride, dilation: along the height and the width.
        padding: "same", "valid" or zeros on either side, along the height and the width. With "same" an output has
            ceil(size / stride) pixels, and what is odd is padded at the end, as TensorFlow and Keras have it.
    """

    kernel_size: Pair
    stride: Pair = (1, 1)
    padding: str | Pair = "same"
    dilation: Pair = (1, 1)

    def __call__(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Convolve x (N, I, H, W) with weight (O, I, *kernel_size): (N, O, H', W')."""
        (top, bottom), (left, right) = self.pads((x.shape[-2], x.shape[-1]))
        if (top, left) == (bottom, right):
            return F.conv2d(x, weight, bias, self.stride, (top, left), self.dilation)
        x = F.pad(x, (left, right, top, bottom))
        return F.conv2d(x, weight, bias, self.stride, 0, self.dilation)

    @property
    def is_plain(self) -> bool:
        """Whether it is of 3 x 3 and keeps the size, pixel for pixel."""
        plain = Convolution((3, 3))
        return self == plain or self == Convolution((3, 3), padding=(1, 1))

    def pads(self, size: Pair) -> tuple[Pair, Pair]:
        """Zeros before and after images of this height and width, along either."""
        if self.padding == "valid":
            return (0, 0), (0, 0)
        if isinstance(self.padding, tuple):
            height, width = self.padding
            return (height, height), (width, width)
        (top, bottom), (left, right) = (self._same(axis, pixels) for axis, pixels in enumerate(size))
        return (top, bottom), (left, right)

    def output_size(self, size: Pair) -> Pair:
        """Height and width of what images of this height and width become.

        Raises:
            ValueError: the kernel is larger than the padded image.
        """
        height, width = (self._output(axis, size[axis] + sum(pads)) for axis, pads in enumerate(self.pads(size)))
        if height < 1 or width < 1:
            raise ValueError(f"input: expected images of at least the kernel's size, got {size[0]} x {size[1]}")
        return height, width

    def _span(self, axis: int) -> int:
        """Pixels from the first to the last that an output reads."""
        return self.dilation[axis] * (self.kernel_size[axis] - 1) + 1

    def _same(self, axis: int, pixels: int) -> Pair:
        outputs = -(-pixels // self.stride[axis])
        total = max(0, (outputs - 1) * self.stride[axis] + self._span(axis) - pixels)
        return total // 2, total - total // 2

    def _output(self, axis: int, padded: int) -> int:
        return (padded - self._span(axis)) // self.stride[axis] + 1


def read(kernel_size: Size, stride: Size, padding: str | Size, dilation: Size) -> Convolution:
    """The convolution that a caller described; a number stands for both directions.

    Raises:
        ValueError: a number is below 1, or a padding is none.
    """
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(f'padding: expected "same", "valid" or numbers, got {padding!r}')
        pads: str | Pair = padding
    else:
        pads = _pair("padding", padding, 0)
    return Convolution(
        _pair("kernel_size", kernel_size, 1), _pair("stride", stride, 1), pads, _pair("dilation", dilation, 1)
    )


def _pair(name: str, value: Size, least: int) -> Pair:
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or any(not isinstance(number, int) or number < least for number in pair):
        raise ValueError(f"{name}: expected one or two whole numbers from {least}, got {value!r}")
    return pair[0], pair[1]
