"""In which range a setting may lie, as the type of a Config's field: `dropout: Share = 0.2`."""

from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Range:
    """From `least` to `most`, these included, unless said otherwise."""

    least: float
    most: float
    without_least: bool = False
    without_most: bool = False

    def holds(self, value: Any) -> bool:
        """Whether a number lies in it; NaN never does."""
        above = self.least < value if self.without_least else self.least <= value
        return bool(above and (value < self.most if self.without_most else value <= self.most))

    def expected(self, value: Any) -> str:
        """Say what was expected in the place of a value that lies outside."""
        if self.most <= 1:
            signs = ["<" if without else "<=" for without in (self.without_least, self.without_most)]
            return f"{self.least:g} {signs[0]} p {signs[1]} {self.most:g}"
        if value > self.most:
            return f"at most {self.most:,}"
        if self.without_least:
            return f"a number above {self.least:g}"
        return f"{self.least:g} or more" if self.least == 0 else f"at least {self.least:g}"


Count = Annotated[int, Range(1, 1_000_000_000)]
CountOrZero = Annotated[int, Range(0, 1_000_000_000)]
VocabularySize = Annotated[int, Range(0, 1_000_000)]
"""Room for so many is made when byte pairs are learnt."""
Epochs = Annotated[int, Range(1, 1_000_000)]
Size = Annotated[int, Range(1, 100_000)]
"""Units of a layer, or numbers of a vector."""
SizeOrZero = Annotated[int, Range(0, 100_000)]
Layers = Annotated[int, Range(1, 1000)]
Seed = Annotated[int, Range(0, 2**32 - 1)]
Threads = Annotated[int, Range(0, 1024)]

Share = Annotated[float, Range(0, 1, without_most=True)]
"""Of something that must not vanish whole, such as what dropout leaves."""
Probability = Annotated[float, Range(0, 1)]
Factor = Annotated[float, Range(0, 1, without_least=True)]
Positive = Annotated[float, Range(0, 1_000_000, without_least=True)]
NotNegative = Annotated[float, Range(0, 1_000_000)]
Seconds = Annotated[float, Range(0, 1_000_000_000)]
