"""What every explanation gives: a text whose first line is the verdict, numbers for JSON, and pictures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    import altair


@dataclass(frozen=True)
class Picture:
    """A figure, and what to see in it.

    Attributes:
        chart: of `recurra.figures`, or any of Altair's.
        sentence: what to see in it, in one sentence.
    """

    chart: "altair.TopLevelMixin"
    sentence: str


class Explanation:
    """What a measurement of a network came to; `print` shows its summary."""

    title: str
    """What was measured, in a few words: the heading of its part of a report."""

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        raise NotImplementedError

    def lines(self) -> list[str]:
        """The lines of the summary below the verdict."""
        raise NotImplementedError

    def numbers(self) -> dict[str, Any]:
        """All that was measured, as JSON holds it; numbers that are not finite are None (see `json_ready`)."""
        raise NotImplementedError

    def figures(self) -> dict[str, Picture]:
        """The pictures by name, in the order in which a report shows them; a name is also that of a file."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join([self.verdict, *self.lines()])


def json_ready(value: Any) -> Any:
    """Numbers, arrays, tensors, dictionaries and lists as JSON holds them, those that are not finite as None."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [json_ready(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
