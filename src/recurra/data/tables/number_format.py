"""How the numbers of a column are written: with so many decimals; they are kept as whole numbers of the last one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

LARGEST_UNITS = 1 << 53  # whole numbers that a float64 holds exactly


@dataclass(frozen=True)
class NumberFormat:
    """Decimals of the numbers of a column.

    Attributes:
        decimals: at most; a number is a whole number of units of 10 ** -decimals.
        least_decimals: always written, zeros among them: "1.50" where this is 2.
    """

    decimals: int = 0
    least_decimals: int = 0

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> "NumberFormat":
        """Find out the decimals of numbers that are written as these texts.

        Raises:
            ValueError: one is larger than is held exactly.
        """
        counts = [_decimals(text) for text in texts]
        largest = max(abs(float(text)) for text in texts)
        decimals = _exact_decimals(max(counts), largest)
        return cls(decimals, min(*counts, decimals))

    @classmethod
    def of_numbers(cls, values: np.ndarray) -> "NumberFormat":
        """Choose decimals for numbers that were never written, (N,): none of whole ones, else 9 digits of a range."""
        if not len(values) or bool((values == np.round(values)).all()):
            _exact_decimals(0, float(np.abs(values).max(initial=0.0)))
            return cls()
        spread = float(values.max() - values.min()) or float(np.abs(values).max())
        wanted = max(0, 9 - math.ceil(math.log10(spread)))
        return cls(_exact_decimals(min(wanted, 300), float(np.abs(values).max())), 0)

    def units(self, value: float) -> int:
        """A number as a whole number of units."""
        return round(value * 10.0**self.decimals)

    def value(self, units: np.ndarray) -> np.ndarray:
        """Whole numbers of units as numbers."""
        return np.asarray(units / 10.0**self.decimals)

    def text(self, units: int) -> str:
        """Write a whole number of units as the file does."""
        if not self.decimals:
            return str(units)
        sign, digits = "-" if units < 0 else "", str(abs(units)).rjust(self.decimals + 1, "0")
        fraction = digits[-self.decimals :]
        shown = fraction[: self.least_decimals] + fraction[self.least_decimals :].rstrip("0")
        return f"{sign}{digits[: -self.decimals]}{'.' if shown else ''}{shown}"


def _decimals(text: str) -> int:
    """Count the decimals of a number that is written as a text."""
    _, point, fraction = text.strip().partition(".")
    if "e" not in text and "E" not in text:
        return len(fraction) if point else 0
    exponent = Decimal(text.strip()).as_tuple().exponent
    return max(0, -int(exponent))


def _exact_decimals(decimals: int, largest: float) -> int:
    """As many decimals as leave the largest number exact."""
    if largest >= LARGEST_UNITS:
        raise ValueError(f"expected numbers below {LARGEST_UNITS:,}, got {largest:.17g}")
    digits_before = math.ceil(math.log10(largest)) if largest else 0  # negative for small numbers
    return max(0, min(decimals, 15 - digits_before))


def is_code(text: str) -> bool:
    """Whether digits are a code and no number, such as "007"."""
    digits = text.strip().lstrip("+-")
    return len(digits) > 1 and digits.startswith("0") and digits.isdigit()
