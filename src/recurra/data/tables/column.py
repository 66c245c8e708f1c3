"""What a column of a table of series is."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from recurra.data.tables.number_format import NumberFormat
from recurra.data.tables.time_format import TimeFormat

MISSING = np.iinfo(np.int64).min
"""What stands in the place of a missing cell."""

Kind = Literal["number", "category", "time"]
Role = Literal["value", "order", "series", "count"]


@dataclass(frozen=True)
class Column:
    """A column, whose cells are whole numbers: units of its last decimal, units of time, or positions of categories.

    Attributes:
        name: in the header.
        kind: whole numbers are numbers without decimals.
        role: "order" is the time stamp that the rows of a series follow, "series" names the series of a row, "count"
            numbers the rows.
        number: how numbers are written.
        time: how time stamps are written; None where they are numbers.
        categories: the texts of a category, in the order in which they come.
        missing: what is written for a missing cell; None where none is missing.
        is_context: whether it does not change in a series.
    """

    name: str
    kind: Kind
    role: Role = "value"
    number: NumberFormat = field(default_factory=NumberFormat)
    time: TimeFormat | None = None
    categories: list[str] = field(default_factory=list)
    missing: str | None = None
    is_context: bool = False

    def text(self, units: int) -> str:
        """Write a cell as the file does."""
        if units == MISSING:
            return self.missing or ""
        if self.kind == "category":
            return self.categories[units]
        return self.number.text(units) if self.time is None else self.time.text(units)

    def values(self, units: np.ndarray) -> Any:
        """Cells as numbers, NaN where one is missing; texts, None where one is missing."""
        if self.kind == "number" or (self.kind == "time" and self.time is None):
            return np.where(units == MISSING, np.nan, self.number.value(units))
        return [None if cell == MISSING else self.text(int(cell)) for cell in units]
