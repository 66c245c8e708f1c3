"""Rules between the rows and the columns of a table, as a person writes them, and how often they are broken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recurra.data.tables.column import MISSING
from recurra.data.tables.table import Table
from recurra.errors import DataError, quote

Kind = Literal["increasing", "non-decreasing", "order", "sum", "range"]

_TOKEN = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|(<=|>=|<|>|=|\+)|([^\s<>=+'"]+))""")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        kind: "increasing" and "non-decreasing" are of a column from row to row of a series; "order" says that the first
            of two columns is at most the second; "sum" that the first is the sum of the others; "range" that one
            column is at least `least` and at most `most`.
        columns: their names.
        strict: of "order", whether the two differ.
        least, most: of "range"; None where there is none.
    """

    kind: Kind
    columns: tuple[str, ...]
    strict: bool = False
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        names = [f"'{name}'" if re.search(r"[\s<>=+]", name) else name for name in self.columns]
        if self.kind in ("increasing", "non-decreasing"):
            return f"{names[0]} {self.kind}"
        if self.kind == "order":
            return f"{names[0]} {'<' if self.strict else '<='} {names[1]}"
        if self.kind == "sum":
            return f"{names[0]} = {' + '.join(names[1:])}"
        least = "" if self.least is None else f"{self.least:.15g} <= "
        return f"{least}{names[0]}{'' if self.most is None else f' <= {self.most:.15g}'}"

    def violations(self, table: Table) -> np.ndarray:
        """Which rows break it, (rows,); a row with a missing cell of these columns does not."""
        cells = [table.cells_of(name) for name in self.columns]
        is_missing = np.any([part == MISSING for part in cells], 0)
        broken: np.ndarray = self._broken(table, cells) & ~is_missing
        return broken

    def _broken(self, table: Table, cells: Sequence[np.ndarray]) -> np.ndarray:
        forms = [table.column(name).number for name in self.columns]
        if self.kind in ("increasing", "non-decreasing"):
            falls = np.diff(cells[0]) < (1 if self.kind == "increasing" else 0)
            falls[table.starts[1:-1] - 1] = False
            return np.concatenate([[False], falls & (cells[0][:-1] != MISSING)])
        if self.kind == "range":
            low, high = (
                None if bound is None else round(bound * 10 ** forms[0].decimals, 6) for bound in self._bounds()
            )
            below = np.zeros(len(cells[0]), bool) if low is None else cells[0] < low
            return below if high is None else below | (cells[0] > high)
        finest = max(form.decimals for form in forms)
        scaled = [part * 10 ** (finest - form.decimals) for part, form in zip(cells, forms, strict=True)]
        if self.kind == "sum":
            return np.asarray(scaled[0] != np.sum(scaled[1:], 0))
        return np.asarray(scaled[0] >= scaled[1] if self.strict else scaled[0] > scaled[1])

    def _bounds(self) -> tuple[float | None, float | None]:
        return self.least, self.most


def parse_rules(text: str) -> list[Rule]:
    """Read rules between semicolons.

    Each is one of `NAME increasing`, `NAME non-decreasing`, `A <= B`, `A < B`, `A = B + C`, `0 <= A <= 10`, `A >= 0`;
    names with spaces or signs stand between quotes.

    Raises:
        DataError: one is of another form.
    """
    return [rule for part in text.split(";") if part.strip() for rule in _parse(part.strip())]


def _parse(text: str) -> list[Rule]:
    tokens = _tokens(text)
    shape = "".join("x" if kind == "name" else token for kind, token in tokens)
    names = [token for kind, token in tokens if kind == "name"]
    if shape == "xx" and names[1].lower() in ("increasing", "non-decreasing"):
        return [Rule("increasing" if names[1].lower() == "increasing" else "non-decreasing", (names[0],))]
    if re.fullmatch(r"x=x(\+x)+", shape):
        return [Rule("sum", tuple(names))]
    signs = [token for kind, token in tokens if kind == "sign"]
    if re.fullmatch(r"x(<=|<|>=|>)x((<=|<)x)?", shape):
        return _comparison(names, signs, text)
    raise DataError(
        f"rules: expected NAME increasing, NAME non-decreasing, A <= B, A = B + C or 0 <= A <= 10, got {quote(text)}"
    )


def _tokens(text: str) -> list[tuple[str, str]]:
    """Names (or numbers) and signs, in their order."""
    tokens, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise DataError(f"rules: expected a name that ends in its quote, got {quote(text)}")
        single, double, sign, word = match.groups()
        tokens.append(
            ("sign", sign) if sign else ("name", next(part for part in (single, double, word) if part is not None))
        )
        position = match.end()
    return tokens


def _comparison(names: list[str], signs: list[str], text: str) -> list[Rule]:
    if signs[0] in (">", ">="):
        names, signs = names[::-1], [signs[0].replace(">", "<")]
    bounds = [float(name) if _NUMBER.fullmatch(name) else None for name in names]
    if all(bound is None for bound in bounds):
        pairs = zip(names, names[1:], signs, strict=False)
        return [Rule("order", (low, high), strict=sign == "<") for low, high, sign in pairs]
    if "<" in signs or bounds.count(None) != 1 or (len(names) == 3 and bounds[1] is not None):
        raise DataError(f"rules: expected a range such as 0 <= NAME <= 10, with <=, got {quote(text)}")
    position = bounds.index(None)
    least = bounds[position - 1] if position else None
    most = bounds[position + 1] if position + 1 < len(bounds) else None
    return [Rule("range", (names[position],), least=least, most=most)]


def require_rules(rules: Sequence[Rule], table: Table) -> None:
    """Hold a table to rules.

    Raises:
        DataError: a rule names a column that is not there, is of categories or has missing cells, or is broken; names
            the row.
    """
    for rule in rules:
        for name in rule.columns:
            if name not in table.header:
                raise DataError(
                    f"rules: expected a column of {', '.join(table.header[:20])} in {str(rule)!r}, got {name!r}"
                )
            column = table.column(name)
            if column.kind == "category" or column.role in ("series", "count"):
                raise DataError(f"rules: expected numbers or time stamps in {str(rule)!r}, got column {name!r}")
            if column.missing is not None and rule.kind != "range":
                row = int(np.flatnonzero(table.cells_of(name) == MISSING)[0]) if MISSING in table.cells_of(name) else 0
                raise DataError(f"{table.where(row)}: expected a cell in column {name}, which a rule names, got none")
        if rule.kind in ("order", "sum"):
            _require_comparable(rule, table)
        rows = np.flatnonzero(rule.violations(table))
        if len(rows):
            where, got = table.where(int(rows[0])), _shown(rule, table, int(rows[0]))
            raise DataError(f"{where}: expected the rule {str(rule)!r} to hold, got {got}")


def _require_comparable(rule: Rule, table: Table) -> None:
    columns = [table.column(name) for name in rule.columns]
    if len({column.time for column in columns}) > 1:
        raise DataError(
            f"rules: expected columns of one kind and one form of time stamps in {str(rule)!r}, got several"
        )
    if rule.kind == "sum" and (
        columns[0].time is not None or columns[0].number.decimals < max(c.number.decimals for c in columns)
    ):
        raise DataError(
            f"rules: expected a sum of numbers with as many decimals as its parts in {str(rule)!r}, got fewer"
        )


def _shown(rule: Rule, table: Table, row: int) -> str:
    cells = [table.column(name).text(int(table.cells_of(name)[row])) for name in rule.columns]
    return ", ".join(cells)


def find_rules(table: Table) -> list[Rule]:
    """Find the rules between two columns, and from row to row, that hold in all rows of a table, as proposals."""
    numeric = [
        column
        for column in table.columns
        if column.role == "value" and column.kind != "category" and column.missing is None and not column.is_context
    ]
    found = [Rule("non-decreasing", (column.name,)) for column in numeric]
    found += [
        Rule("order", (low.name, high.name))
        for low in numeric
        for high in numeric
        if low.time == high.time and low is not high
    ]
    holding = [rule for rule in found if not rule.violations(table).any()]
    return [rule for rule in holding if not _is_trivial(rule, table)]


def _is_trivial(rule: Rule, table: Table) -> bool:
    """Whether a rule only says that two columns lie apart, or that one never changes."""
    cells = [table.cells_of(name) for name in rule.columns]
    if rule.kind == "non-decreasing":
        return bool(cells[0].min() == cells[0].max())
    forms = [table.column(name).number for name in rule.columns]
    low, high = (form.value(part) for form, part in zip(forms, cells, strict=True))
    return bool(low.max() <= high.min())
