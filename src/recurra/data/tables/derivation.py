"""Which columns follow from others by the rules of a table, so that a made table cannot break them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from recurra.data.tables.column import Column
from recurra.data.tables.rules import Rule
from recurra.errors import DataError


@dataclass(frozen=True)
class Derivation:
    """How the cells of a table follow from gaps.

    Attributes:
        columns: in an order in which each comes after those that it follows from.
        monotone: columns that rise from row to row, and whether they may not stay.
        lower: columns that are at least as large as others, with these and whether the two differ.
        parts: columns that are sums, with their parts.
        ranges: the least and the most that a person has said, in units.
    """

    columns: list[Column]
    monotone: dict[str, bool] = field(default_factory=dict)
    lower: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Sequence[Column], rules: Sequence[Rule], unique_order: bool) -> "Derivation":
        """Order columns by what follows from what.

        Args:
            columns: of the table.
            rules: that hold in it.
            unique_order: whether no time stamp comes twice in a series.

        Raises:
            DataError: a column would follow from two rules that may contradict each other, or from itself.
        """
        by_name = {column.name: column for column in columns}
        derivation = cls(list(columns))
        for column in columns:
            if column.role == "order":
                derivation.monotone[column.name] = unique_order
        for rule in rules:
            derivation._take(rule, by_name)
        for name in by_name:
            derivation._require_single(name, by_name)
        derivation.columns[:] = _sorted(derivation, by_name)
        return derivation

    def _take(self, rule: Rule, by_name: dict[str, Column]) -> None:
        first = rule.columns[0]
        if rule.kind in ("increasing", "non-decreasing"):
            self.monotone[first] = self.monotone.get(first, False) or rule.kind == "increasing"
        elif rule.kind == "order":
            self.lower.setdefault(rule.columns[1], []).append((first, rule.strict))
        elif rule.kind == "sum":
            if first in self.parts:
                raise DataError(f"rules: expected one sum for column {first}, got two")
            self.parts[first] = rule.columns[1:]
        else:
            form = by_name[first].number
            low, high = self.ranges.get(first, (None, None))
            low = low if rule.least is None else int(np.ceil(round(rule.least * 10.0**form.decimals, 6)))
            high = high if rule.most is None else int(np.floor(round(rule.most * 10.0**form.decimals, 6)))
            self.ranges[first] = low, high

    def _require_single(self, name: str, by_name: dict[str, Column]) -> None:
        ways = [
            way
            for way, names in (("rises", self.monotone), ("is at least another", self.lower), ("is a sum", self.parts))
            if name in names
        ]
        if len(ways) > 1:
            raise DataError(f"rules: expected one rule that gives column {name}, got two: it {' and '.join(ways)}")
        low, high = self.ranges.get(name, (None, None))
        if name in self.parts and (low, high) != (None, None):
            raise DataError(f"rules: expected ranges of the parts of the sum {name}, got one of the sum itself")
        if self.monotone.get(name) and high is not None:
            raise DataError(f"rules: expected no upper bound of column {name}, which increases with every row, got one")
        for source in self.sources(name):
            if by_name[name].is_context and not by_name[source].is_context:
                raise DataError(
                    f"rules: expected column {source} not to change in a series, as {name}, which follows from it; "
                    "but it does"
                )

    def sources(self, name: str) -> list[str]:
        """The columns that a column follows from."""
        return [*(low for low, _ in self.lower.get(name, ())), *self.parts.get(name, ())]

    def floor(self, name: str, cells: dict[str, np.ndarray], by_name: dict[str, Column]) -> np.ndarray:
        """The least that each cell of a column may be: what it is at least as large as, in its own units."""
        decimals = by_name[name].number.decimals
        floors = []
        for low, strict in self.lower[name]:
            finer = by_name[low].number.decimals - decimals
            scaled = -(-cells[low] // 10**finer) if finer > 0 else cells[low] * 10**-finer
            is_equal = scaled * 10**finer == cells[low] if finer > 0 else np.ones(len(scaled), bool)
            floors.append(scaled + (is_equal & strict))
        return np.asarray(np.max(floors, 0))

    def total(self, name: str, cells: dict[str, np.ndarray], by_name: dict[str, Column]) -> np.ndarray:
        """The sum of the parts of a column, in its own units."""
        decimals = by_name[name].number.decimals
        scaled = [cells[part] * 10 ** (decimals - by_name[part].number.decimals) for part in self.parts[name]]
        return np.asarray(np.sum(scaled, 0))


def _sorted(derivation: Derivation, by_name: dict[str, Column]) -> list[Column]:
    """Columns, each after those that it follows from."""
    done: dict[str, Column] = {}
    while len(done) < len(by_name):
        ready = [
            column
            for name, column in by_name.items()
            if name not in done and all(source in done for source in derivation.sources(name))
        ]
        if not ready:
            circle = ", ".join(name for name in by_name if name not in done)
            raise DataError(f"rules: expected columns that follow from others, got a circle of {circle}")
        done |= {column.name: column for column in ready}
    return list(done.values())
