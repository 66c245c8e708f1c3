"""Where examples stand, for errors and notes: file and line, made a text only when somebody asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Location:
    """Where an example stands whose steps are lines.

    path: of the file. lines: an array or list of the line of each step, counted from 1.
    """

    path: str
    lines: Any

    def __str__(self) -> str:
        return f"{self.path}:{self.lines[0]}"


def of_step(location: Any, step: int) -> Any:
    """Where a step of an example stands; an example that is one line, or is known by a name, stands there itself."""
    return Location(location.path, location.lines[step : step + 1]) if isinstance(location, Location) else location


@dataclass(frozen=True)
class Locations(Sequence[Any]):
    """The locations of some examples, each a text or a `Location`.

    total: how many there are. known: their locations; None where all that is known is the file they are from.
    source: that file, or the name of a data set; "" for examples in memory.
    """

    total: int
    known: Sequence[Any] | None = None
    source: str = ""

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < self.total:
            raise IndexError(index)
        if self.known is not None:
            return self.known[index]
        return f"{self.source}: sequence {index + 1}" if self.source else f"sequence {index + 1}"
