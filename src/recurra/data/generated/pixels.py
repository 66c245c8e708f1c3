"""Handwritten digits read a few pixels a step, in the order of the lines or in one that is drawn once."""

import math
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from recurra.data.generated.generated_task import GeneratedTask, Sequences
from recurra.data.sources import named
from recurra.errors import DataError

_PIXELS = 784
_VALIDATION = 5_000  # images at the end of the training part
_PERMUTATION = 92_916  # seed of the order of pixels


@dataclass(frozen=True)
class Pixels(GeneratedTask):
    """MNIST pixel by pixel (Le et al., 2015): which digit was it, after 784 steps of one pixel.

    Of other lengths T a step is 784 / T pixels: 28 steps are the lines of the image. An epoch of the 55,000 images to
    learn from is in an order that the seed draws; the last 5,000 of the training part are to validate on.

    Attributes:
        length: steps T, a divisor of 784.
    """

    classes: ClassVar[int] = 10
    solved_loss: ClassVar[float] = 0.0  # never
    has_unequal_lengths: ClassVar[bool] = False
    permuted: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if _PIXELS % self.length:
            raise DataError(f"length: expected a divisor of {_PIXELS} for images of so many pixels, got {self.length}")

    @property
    def features(self) -> int:  # type: ignore[override]  # depends on the length
        """Pixels a step."""
        return _PIXELS // self.length

    @property
    def chance_loss(self) -> float:
        """That of any digit alike."""
        return math.log(10)

    @property
    def chance_accuracy(self) -> float:
        """The share of ones among the images to test on, the most frequent digit."""
        return 0.1135

    def batch(self, count: int, seed: int, position: int, longest: int | None = None) -> Sequences:
        """Give the images of one step of a training, epoch after epoch; see `GeneratedTask.batch`."""
        images, _ = _part("train")
        available = len(images) - _VALIDATION
        epoch, number = divmod(position, max(1, available // count))
        order = _order(available, seed, epoch)
        return self._images("train", order[number * count : (number + 1) * count])

    def validation(self, count: int, longest: int | None = None) -> Sequences:
        """Give the first of the images to validate on."""
        first = len(_part("train")[0]) - _VALIDATION
        return self._images("train", np.arange(first, first + min(count, _VALIDATION)))

    def test(self, count: int) -> Sequences:
        """Give the first of the images to test on."""
        return self._images("test", np.arange(min(count, len(_part("test")[0]))))

    def _images(self, part: str, rows: np.ndarray) -> Sequences:
        images, digits = _part(part)
        pixels = images[rows].astype(np.float32) / 255  # (B, 784)
        if self.permuted:
            pixels = pixels[:, np.random.default_rng(_PERMUTATION).permutation(_PIXELS)]
        inputs = pixels.reshape(len(rows), self.length, self.features)  # (B, T, I)
        return Sequences(inputs, np.full(len(rows), self.length), digits[rows])


@dataclass(frozen=True)
class PermutedPixels(Pixels):
    """The same with the pixels in one random order for all images, so that what belongs together is far apart.

    Attributes:
        length: steps T, a divisor of 784.
    """

    permuted: ClassVar[bool] = True


@cache
def _part(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The images of a part, (N, 784) uint8, and their digits, (N,) int64."""
    examples = named.parts("mnist/pixels", "classifier")[name]
    return np.asarray(examples.inputs)[:, :, 0], np.asarray(examples.required_answers(), np.int64)


@cache
def _order(count: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(count)
