"""One or several numbers that a network reads and makes in the place of a cell."""

from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np

from recurra.data.tables.column import MISSING

Kind = Literal["number", "category", "mark"]
Meaning = Literal["value", "gap", "missing", "start", "length"]

_FEW_GAPS = 12  # different ones, that are categories
_OFTEN = 20  # times as many rows as categories, at least
_SKEWED = 50.0  # times the median: numbers above lie on a logarithmic scale


@dataclass(frozen=True)
class Feature:
    """How whole numbers become numbers between 0 and 1, and the way back.

    Attributes:
        column: whose cells they are.
        meaning: the "value" of a cell; the "gap" to the row before, or to the columns that it is at least; whether it
            is "missing"; the first value of a series, its "start"; or the "length" of a series.
        kind: a number on a scale, a category of `values`, one number each, or a mark, 0 or 1.
        least, most: of a number, in units.
        is_log: whether the scale is logarithmic.
        values: what the categories stand for, in units.
    """

    column: str
    meaning: Meaning
    kind: Kind
    least: int = 0
    most: int = 0
    is_log: bool = False
    values: list[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many numbers it takes."""
        return len(self.values) if self.kind == "category" else 1

    @classmethod
    def of_values(cls, column: str, units: np.ndarray, meaning: Meaning = "value") -> Self:
        """Scale whole numbers, none of them missing, from the least to the most."""
        return cls(column, meaning, "number", int(units.min()), int(units.max()))

    @classmethod
    def of_gaps(cls, column: str, gaps: np.ndarray) -> Self:
        """Take gaps, all at least 0, for categories where they are few, else for numbers."""
        different, counts = np.unique(gaps, return_counts=True)
        if len(different) <= _FEW_GAPS and len(gaps) >= _OFTEN * len(different):
            return cls(column, "gap", "category", values=different[np.argsort(-counts, kind="stable")].tolist())
        median = float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 0.0
        is_log = int(gaps.max()) > _SKEWED * max(median, 1.0)
        return cls(column, "gap", "number", int(gaps.min()), int(gaps.max()), is_log)

    @classmethod
    def of_categories(cls, column: str, units: np.ndarray) -> Self:
        """Take whole numbers, missing ones among them, for categories, the most frequent first."""
        different, counts = np.unique(units, return_counts=True)
        return cls(column, "value", "category", values=different[np.argsort(-counts, kind="stable")].tolist())

    def encode(self, units: np.ndarray) -> np.ndarray:
        """Give numbers between 0 and 1, (rows, size) float32; what lies beyond is taken for the nearest."""
        if self.kind == "category":
            encoded = np.zeros((len(units), self.size), np.float32)
            positions = {value: position for position, value in enumerate(self.values)}
            encoded[np.arange(len(units)), [positions.get(value, 0) for value in units.tolist()]] = 1
            return encoded
        if self.kind == "mark":
            return np.asarray(units == MISSING, np.float32)[:, None]
        shifted = np.clip(units, self.least, self.most) - self.least
        spread = self.most - self.least
        scaled = np.log1p(shifted) / np.log1p(spread) if self.is_log else shifted / max(spread, 1)
        return np.asarray(scaled, np.float32)[:, None]

    def decode(self, numbers: np.ndarray) -> np.ndarray:
        """Give whole numbers, (rows,) int64, of numbers (rows, size); a mark becomes 1 or 0."""
        if self.kind == "category":
            chosen: np.ndarray = np.asarray(self.values, np.int64)[numbers.argmax(1)]
            return chosen
        part = np.clip(np.nan_to_num(numbers[:, 0].astype(np.float64)), 0.0, 1.0)
        if self.kind == "mark":
            return np.asarray(part > 0.5, np.int64)
        spread = self.most - self.least
        shifted = np.expm1(part * np.log1p(spread)) if self.is_log else part * spread
        units: np.ndarray = self.least + np.round(shifted).astype(np.int64)
        return np.asarray(np.clip(units, self.least, self.most))
