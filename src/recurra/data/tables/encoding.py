"""Tables as numbers, and back: what is made of numbers keeps the rules, whatever the numbers are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recurra.data.tables.anchoring import anchored
from recurra.data.tables.column import MISSING, Column
from recurra.data.tables.derivation import Derivation
from recurra.data.tables.feature import Feature
from recurra.data.tables.rules import Rule, require_rules
from recurra.data.tables.table import Table

LENGTH = ""  # the column of the feature that is the length of a series


@dataclass(frozen=True)
class EncodedTable:
    """A table as numbers.

    Attributes:
        steps: of each series, (T, F) float32.
        context: what does not change in a series, (N, C) float32.
    """

    steps: list[np.ndarray]
    context: np.ndarray


@dataclass(frozen=True)
class TableEncoding:
    """How the cells of a table become numbers between 0 and 1.

    Attributes:
        columns: of the table.
        rules: that hold in it, and will in what is made.
        unique_order: whether no time stamp comes twice in a series.
        step_features, context_features: what a network reads and makes.
        constants: cells of columns that never change.
        gaps: of columns that rise evenly, from row to row.
        ranges: the least and the most of each column that was seen, in units.
        length: of a series, where all are alike; 0 else.
    """

    columns: list[Column]
    rules: list[Rule]
    unique_order: bool
    step_features: list[Feature]
    context_features: list[Feature]
    constants: dict[str, int]
    gaps: dict[str, int]
    ranges: dict[str, list[int]]
    length: int

    # --- learning what the columns hold ----------------------------------------------------------------------------

    @classmethod
    def learn(cls, table: Table, rules: Sequence[Rule] = ()) -> "TableEncoding":
        """Find out how to encode a table.

        Raises:
            DataError: a rule does not hold in it, or contradicts another.
        """
        require_rules(rules, table)
        unique = all(
            _steps_up(table, column.name).min(initial=1) > 0 for column in table.columns if column.role == "order"
        )
        alike = int(table.lengths[0]) if len(set(table.lengths.tolist())) == 1 else 0
        encoding = cls(list(table.columns), list(rules), unique, [], [], {}, {}, {}, alike)
        derivation = encoding.derivation
        cells = {column.name: table.cells_of(column.name) for column in table.columns}
        for column in derivation.columns:
            encoding._learn_column(column, derivation, cells, table)
        if not alike:
            encoding.context_features.append(Feature.of_values(LENGTH, table.lengths, "length"))
        return encoding

    @property
    def derivation(self) -> Derivation:
        """Which columns follow from others."""
        return Derivation.of(self.columns, self.rules, self.unique_order)

    def _learn_column(self, column: Column, derivation: Derivation, cells: dict[str, np.ndarray], table: Table) -> None:
        name, values = column.name, cells[column.name]
        features = self.context_features if column.is_context else self.step_features
        values = values[table.starts[:-1]] if column.is_context else values
        present = values[values != MISSING]
        if column.role in ("series", "count") or name in derivation.parts:
            return
        if column.kind != "category" and len(present):
            self.ranges[name] = [int(present.min()), int(present.max())]
        if len(np.unique(values)) == 1 and name not in derivation.monotone:
            self.constants[name] = int(values[0])
        elif name in derivation.monotone:
            self._learn_rises(column, table)
        elif column.kind == "category":
            features.append(Feature.of_categories(name, values))
        else:
            if name in derivation.lower:
                floor = derivation.floor(name, cells, self.by_name)
                features.append(
                    Feature.of_gaps(
                        name, (cells[name] - floor)[table.starts[:-1]] if column.is_context else values - floor
                    )
                )
            else:
                features.append(Feature.of_values(name, present))
            if len(present) < len(values):
                features.append(Feature(name, "missing", "mark"))

    def _learn_rises(self, column: Column, table: Table) -> None:
        """Learn the start of a column in each series, and by how much it rises."""
        name = column.name
        starts = table.cells_of(name)[table.starts[:-1]]
        if len(np.unique(starts)) == 1:
            self.constants[name] = int(starts[0])
        else:
            self.context_features.append(Feature.of_values(name, starts, "start"))
        gaps = _steps_up(table, name)
        if not len(gaps) or gaps.min() == gaps.max():
            self.gaps[name] = int(gaps[0]) if len(gaps) else 1
        else:
            self.step_features.append(Feature.of_gaps(name, gaps))

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    # --- to numbers ------------------------------------------------------------------------------------------------

    def encode(self, table: Table) -> EncodedTable:
        """Give a table of these columns as numbers.

        Raises:
            DataError: a rule does not hold in it.
        """
        require_rules(self.rules, table)
        return self.encode_cells(table)

    def encode_cells(self, table: Table) -> EncodedTable:
        """Give a table as numbers, whether rules hold in it or not; cells that are missing as those before them."""
        derivation, by_name = self.derivation, self.by_name
        cells = {name: table.cells_of(name) for name in by_name}
        filled = {name: self._filled(name, cells[name], table) for name in by_name}
        first = table.starts[:-1]
        steps = [self._encode(feature, derivation, cells, filled, table) for feature in self.step_features]
        context = []
        for feature in self.context_features:
            if feature.meaning == "length":
                context.append(feature.encode(table.lengths))
            elif feature.meaning == "start":
                context.append(feature.encode(cells[feature.column][first]))
            else:
                context.append(self._encode(feature, derivation, cells, filled, table)[first])
        rows = np.concatenate(steps, 1) if steps else np.zeros((len(table.cells), 0), np.float32)
        per_series = np.concatenate(context, 1) if context else np.zeros((len(table), 0), np.float32)
        return EncodedTable(np.split(rows, table.starts[1:-1]), per_series)

    def _encode(
        self,
        feature: Feature,
        derivation: Derivation,
        cells: dict[str, np.ndarray],
        filled: dict[str, np.ndarray],
        table: Table,
    ) -> np.ndarray:
        """The numbers of a feature, (rows, size)."""
        name = feature.column
        if feature.kind == "mark" or (feature.kind == "category" and feature.meaning == "value"):
            return feature.encode(cells[name])
        if feature.meaning == "gap" and name in derivation.monotone:
            gaps = np.diff(filled[name], prepend=0)
            usual = (
                feature.values[0] if feature.kind == "category" else int(np.median(gaps[1:])) if len(gaps) > 1 else 0
            )
            gaps[table.starts[:-1]] = usual  # a series begins with no gap
            return feature.encode(gaps)
        if feature.meaning == "gap":
            return feature.encode(filled[name] - derivation.floor(name, filled, self.by_name))
        return feature.encode(filled[name])

    def _filled(self, name: str, cells: np.ndarray, table: Table) -> np.ndarray:
        """Cells with the one before in the place of a missing one; at the beginning of a series that in the middle."""
        missing = cells == MISSING
        if not missing.any() or self.by_name[name].kind == "category":
            return cells
        middle = sum(self.ranges.get(name, [0, 0])) // 2
        rows = np.where(missing, -1, np.arange(len(cells)))
        last = np.maximum.accumulate(rows)
        begun = last >= np.repeat(table.starts[:-1], table.lengths)
        return np.where(begun, cells[np.maximum(last, 0)], middle)

    # --- and back --------------------------------------------------------------------------------------------------

    def decode(self, steps: Sequence[np.ndarray], context: np.ndarray, given: np.ndarray | None = None) -> Table:
        """Make a table of any numbers; the rules hold in it.

        Args:
            steps: of each series, (T, F).
            context: (N, C).
            given: cells that are known already and stay as they are, (rows, columns) int64; `MISSING` where they are to
                be made. A row is given as a whole, but for columns that rise from row to row, and those that do not
                change, which may be known in any row.

        Raises:
            DataError: a column rises too little between two rows that are given for the rows between.
        """
        lengths = np.asarray([len(part) for part in steps], np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        rows = np.concatenate(list(steps)) if len(steps) else np.zeros((0, self.steps_size), np.float32)
        cells: dict[str, np.ndarray] = {}
        derivation, by_name = self.derivation, self.by_name
        of_steps, of_context = _split(self.step_features, rows), _split(self.context_features, context)
        for column in derivation.columns:
            name = column.name
            features = of_context if column.is_context else of_steps
            sources = cells
            if column.is_context:
                sources = {source: cells[source][starts[:-1]] for source in derivation.sources(name)}
            made = self._decode(column, derivation, features, of_context, sources, starts)
            made = np.repeat(made, lengths) if column.is_context else made
            if given is not None and column.role not in ("series", "count"):
                fixed = given[:, self.header.index(name)]
                if name in derivation.monotone:
                    made = anchored(made, fixed, starts, derivation.monotone[name], name)
                made = np.where(fixed != MISSING, fixed, made)
            cells[name] = made
        whole = np.stack([cells[name] for name in by_name], 1) if by_name else np.zeros((len(rows), 0), np.int64)
        return Table(self._made_columns(len(steps)), whole, starts)

    def _decode(
        self,
        column: Column,
        derivation: Derivation,
        features: dict[tuple[str, str], tuple[Feature, np.ndarray]],
        of_context: dict[tuple[str, str], tuple[Feature, np.ndarray]],
        cells: dict[str, np.ndarray],
        starts: np.ndarray,
    ) -> np.ndarray:
        """The cells of a column, (rows,), or of one that does not change in a series (N,)."""
        name, count = column.name, len(starts) - 1 if column.is_context else int(starts[-1])
        if column.role == "series":
            return np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        if column.role == "count":
            return np.arange(count)
        if name in derivation.parts:
            return derivation.total(name, cells, self.by_name)
        if name in derivation.monotone:
            return self._rising(name, derivation, features, of_context, starts)
        if name in self.constants:
            made = np.full(count, self.constants[name])
            if name not in derivation.lower:
                return made
            return np.asarray(np.maximum(made, derivation.floor(name, cells, self.by_name)))
        feature, numbers = features.get((name, "value")) or features[name, "gap"]
        made = feature.decode(numbers)
        if feature.meaning == "gap":
            floor = derivation.floor(name, cells, self.by_name)
            least, most = self.ranges[name]
            made = np.maximum(np.clip(floor + made, least, most), floor)
        if (name, "missing") in features:
            mark, numbers = features[name, "missing"]
            made = np.where(mark.decode(numbers) == 1, MISSING, made)
        return made

    def _rising(
        self,
        name: str,
        derivation: Derivation,
        features: dict[tuple[str, str], tuple[Feature, np.ndarray]],
        of_context: dict[tuple[str, str], tuple[Feature, np.ndarray]],
        starts: np.ndarray,
    ) -> np.ndarray:
        """The cells of a column that rises from row to row, as sums of gaps."""
        count, lengths = int(starts[-1]), np.diff(starts)
        if (name, "gap") in features:
            feature, numbers = features[name, "gap"]
            gaps = feature.decode(numbers)
        else:
            gaps = np.full(count, self.gaps[name])
        gaps = np.maximum(gaps, 1 if derivation.monotone[name] else 0)
        if (name, "start") in of_context:
            feature, numbers = of_context[name, "start"]
            first = feature.decode(numbers)
        else:
            first = np.full(len(lengths), self.constants[name])
        gaps[starts[:-1][lengths > 0]] = 0
        risen = np.cumsum(gaps)
        before = np.repeat(risen[np.minimum(starts[:-1], max(count - 1, 0))], lengths) if count else risen
        cells = np.repeat(first, lengths) + risen - before
        low, high = derivation.ranges.get(name, (None, None))
        return cells if low is None and high is None else np.asarray(np.clip(cells, low, high))

    def _made_columns(self, count: int) -> list[Column]:
        """The columns of a made table: its series are numbered anew."""
        made = []
        for column in self.columns:
            if column.role == "series":
                are_numbers = all(name.isdigit() for name in column.categories)
                names = [str(number) if are_numbers else f"made_{number}" for number in range(1, count + 1)]
                column = replace(column, categories=names)
            made.append(column)
        return made

    @property
    def steps_size(self) -> int:
        """Numbers of a step, F."""
        return sum(feature.size for feature in self.step_features)

    @property
    def context_size(self) -> int:
        """Numbers of what does not change in a series, C."""
        return sum(feature.size for feature in self.context_features)

    @property
    def longest(self) -> int:
        """Rows of the longest series that was learnt from."""
        return self.length or next(f.most for f in self.context_features if f.meaning == "length")

    def lengths(self, context: np.ndarray) -> np.ndarray:
        """The lengths of series of some context (N, C), (N,)."""
        if self.length:
            return np.full(len(context), self.length)
        feature, numbers = _split(self.context_features, context)[LENGTH, "length"]
        return feature.decode(numbers)


def _steps_up(table: Table, name: str) -> np.ndarray:
    """By how much the cells of a column rise, from row to row within each series."""
    rises = np.diff(table.cells_of(name))
    inside = np.ones(len(rises), bool)
    inside[table.starts[1:-1] - 1] = False
    return rises[inside]


def _split(features: Sequence[Feature], numbers: np.ndarray) -> dict[tuple[str, str], tuple[Feature, np.ndarray]]:
    """The numbers of each feature, by column and meaning."""
    parts: dict[tuple[str, str], tuple[Feature, np.ndarray]] = {}
    position = 0
    for feature in features:
        parts[feature.column, feature.meaning] = feature, numbers[:, position : position + feature.size]
        position += feature.size
    return parts
