"""Generation of time series: tables like those that were learnt from.

The networks: `recurra.tasks.series_gan.methods`; what they learn from: `recurra.tasks.series_gan.data`. Here is what
turns tables into numbers and numbers into tables.
"""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json
from recurra.data.sources import series as sources
from recurra.data.tables.choices import Choices
from recurra.data.tables.column import MISSING
from recurra.data.tables.cutting import WindowIndex, divide, draw_parts, is_missing_row, require_apart
from recurra.data.tables.encoding import EncodedTable, TableEncoding
from recurra.data.tables.rules import find_rules, parse_rules
from recurra.data.tables.table import Table
from recurra.errors import DataError, require_count
from recurra.nn.generators import drawing_from
from recurra.tasks.series_gan import canaries_file, encoding_file, methods, privacy
from recurra.tasks.series_gan.canaries import Canaries
from recurra.tasks.series_gan.config import SeriesGANConfig
from recurra.tasks.series_gan.context_model import ContextModel
from recurra.tasks.series_gan.data import MONITOR, SeriesDataModule, window_of
from recurra.tasks.series_gan.network import SeriesNetwork
from recurra.tasks.series_gan.sampling import GivenSeries, complete_series, make_series
from recurra.training.data_module import Preparation
from recurra.training.privacy import Noise
from recurra.training.processes import Processes
from recurra.training.sampler import RealSamples, Sampler, SampleReport
from recurra.training.signature import COUNT, TEXT, Signature, list_of, object_of
from recurra.training.sources import fingerprints_of
from recurra.training.update import Update
from recurra.training.validation import STEPS_LEFT, Validation

_MOST_RULES = 8  # that are proposed
_AT_ONCE = 256  # series that are made at once


class TimeSeriesGAN(Sampler[SeriesGANConfig, SeriesNetwork]):
    """A generator of tables of time series.

    Example:
        >>> generator = TimeSeriesGAN(rules="start <= end").fit("visits.csv")
        >>> generator.sample(10, seed=1).write_csv("made.csv")
    """

    name = "series-gan"
    Config = SeriesGANConfig
    artifacts = ("encoding_", "context_model_", "window_", "canaries_")
    lasting = frozenset(
        {"method", "cell", "activation", "continued", "window", "columns", "group", "time", "ignore", "rules"}
    )
    encoding_: TableEncoding | None = None
    context_model_: ContextModel | None = None
    window_: int = 0
    canaries_: Canaries | None = None
    """The series that were planted in what was learnt from; None where none were."""
    _data_module: SeriesDataModule | None = None
    _noise: Noise | None = None

    # --- learning ----------------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self.network = self.encoding_ = self.context_model_ = self.canaries_ = self._data_module = None
        self.window_ = 0

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[SeriesNetwork]:
        config = self.config
        whole = self._resolve(data, is_new)
        named = None if valid is None else self._resolve(valid, is_new=False, like=whole)
        fingerprints = fingerprints_of(whole, named)
        train, held = self._divide(whole, named)
        if is_new:
            self.encoding_ = TableEncoding.learn(train, parse_rules(config.rules))
        encoding = self.encoding
        encoded = encoding.encode(train)
        if is_new:
            self.window_ = window_of(config, encoded.steps)
            self.context_model_ = ContextModel.learn(encoded.context, encoding.context_features, config.seed)
        if not encoding.step_features:
            raise DataError(f"{whole.source or 'series'}: expected a column that changes from row to row, got none")
        learnt = self._with_canaries(encoded)
        index = self._cut(learnt.steps)
        data_module = SeriesDataModule(config, index, learnt.context, self.window_, self._windows(held))
        data_module.warnings = self._notes(train, held)
        self._data_module, self._noise = data_module, None
        validation = Validation(MONITOR, data_module.score)
        if config.epsilon:
            self._noise = self._private_noise(len(index))
            data_module.warnings = [*data_module.warnings, privacy.promise(config, self._noise, self.window_)]
            validation = Validation(STEPS_LEFT)  # to choose by scores would tell of the data
        return Preparation(self._build(), data_module, validation, fingerprints)

    def _with_canaries(self, encoded: EncodedTable) -> EncodedTable:
        """What is learnt from with the canaries that the settings ask for; they are drawn once for a run."""
        config = self.config
        if not config.canaries:
            return encoded
        if self.canaries_ is None:
            features = self.encoding.step_features
            self.canaries_ = Canaries.draw(config.canaries, encoded, features, self.window_, config.seed)
        return self.canaries_.plant(encoded, config.canary_repeats)

    def _cut(self, steps: Sequence[np.ndarray]) -> WindowIndex:
        """Cut series into windows; of a private training into such as share no row."""
        if not self.config.epsilon:
            return WindowIndex.cut(steps, self.window_, self.config.stride)
        return WindowIndex.cut(steps, self.window_, max(self.config.stride, self.window_), with_last=False)

    def _private_noise(self, windows: int) -> Noise:
        """The noise on gradients that keeps a training private.

        Raises:
            DataError: series have a context, which is told as it is; or see `privacy.noise_of`.
        """
        told = [feature.column for feature in self.encoding.context_features if feature.meaning != "length"]
        if told:
            raise DataError(
                f"epsilon: expected columns that change in a series, got {told[0]!r}, which does not and would be told "
                "as it is; leave it out by --ignore"
            )
        return privacy.noise_of(self.config, windows)

    def _resolve(self, data: Any, is_new: bool, like: Table | None = None) -> Table:
        """Find a table, and read it as the settings say, or like another."""
        config = self.config
        choices = Choices.of(config.columns, config.group, config.time, config.ignore)
        known = None if is_new else self.encoding.columns if like is None else like.columns
        return sources.resolve(data, choices, known)["train"]

    def _divide(self, whole: Table, named: Table | None) -> tuple[Table, Table | None]:
        """What is learnt from, and what is held out, which shares no row with it."""
        if named is None:
            return divide(whole, self.config.valid_fraction, self.config.seed)
        require_apart(whole, named)
        return whole, named

    def divided(self, data: Any, valid: Any = None) -> tuple[Table, Table | None]:
        """Give the tables that a training on these data learns from and holds out; None where it holds out none.

        Raises:
            DataError: nothing was learnt yet, or the data are not as expected.
        """
        named = None if valid is None else self._resolve(valid, is_new=False)
        return self._divide(self._resolve(data, is_new=False), named)

    def _windows(self, table: Table | None) -> tuple[WindowIndex, np.ndarray] | None:
        """The windows of a table, and the context of its series."""
        if table is None:
            return None
        encoded = self.encoding.encode(table)
        return self._cut(encoded.steps), encoded.context

    def _notes(self, train: Table, held: Table | None) -> list[str]:
        """What a person should know before the training."""
        named = {str(rule) for rule in self.encoding.rules}
        found = [f"{rule}" for rule in find_rules(train) if str(rule) not in named]
        notes = []
        if found:
            more = ", ..." if len(found) > _MOST_RULES else ""
            notes.append(f"hold in all rows, and are not asked for: {', '.join(found[:_MOST_RULES])}{more} (--rules)")
        if held is None and not self.config.epsilon:
            notes.append("nothing is held out: the generator is chosen by what it learns from")
        return notes

    def _build(self) -> SeriesNetwork:
        encoding = self.encoding
        return methods.build(encoding.step_features, encoding.context_size, self.config)

    def _make_update(self, network: SeriesNetwork, steps: int, together: Processes) -> Update:
        return methods.make_update(network, self.config, steps, together, self.training_windows, self._noise)

    def data_module(self, data: Any, part: str | None = None) -> SeriesDataModule:
        """Give tables in the batches that the network's losses take."""
        self._fitted()
        encoded = self.encoding.encode(self._resolve(data, is_new=False))
        index = self._cut(encoded.steps)
        return SeriesDataModule(self.config, index, encoded.context, self.window_)

    @property
    def training_windows(self) -> SeriesDataModule:
        """What the last `fit` has learnt from.

        Raises:
            DataError: nothing was learnt since this was made, or opened.
        """
        return self._learnt(self._data_module)

    @property
    def encoding(self) -> TableEncoding:
        """How the cells of tables become numbers.

        Raises:
            DataError: nothing was learnt yet.
        """
        return self._learnt(self.encoding_)

    # --- making ------------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def sample(  # type: ignore[override]
        self, count: int, *, length: int | None = None, seed: int | None = None, given: Any = None
    ) -> Table:
        """Make a table of series.

        Args:
            count: series; with `given`, of each series in that.
            length: rows of each; None as in what was learnt from, or with `given` as many as there.
            seed: makes the result repeatable; None draws anew each time.
            given: a table, as of `fit`. What stands in a row stays; rows without any cell but time stamps and what does
                not change in a series are made, as are those behind the last up to `length`. So a row with nothing but
                context asks for a series of that context.

        Returns:
            A table of the columns that were learnt from; see `recurra.data.tables.table.Table`: `write_csv`, `frame`,
            `arrays`.

        Raises:
            DataError: nothing was learnt yet, or an argument is not as expected.
        """
        require_count("count", count)
        if length is not None:
            require_count("length", length)
        if seed is not None:
            require_count("seed", seed, least=0, most=(1 << 63) - 1)
        network = self._fitted()
        generator = np.random.default_rng(seed)
        like = next(network.parameters())
        random = torch.Generator(like.device).manual_seed(int(generator.integers(1 << 62)))
        with drawing_from({like.device.type: random}):
            if given is not None:
                return self._complete(given, count, length, generator)
            steps, contexts = list[np.ndarray](), list[np.ndarray]()
            for start in range(0, count, _AT_ONCE):
                some = min(_AT_ONCE, count - start)
                context = self._learnt(self.context_model_).draw(some, self.encoding.context_features, generator)
                lengths = self.encoding.lengths(context) if length is None else np.full(some, length)
                if length is None and self.is_single:
                    lengths = np.full(some, self.window_)
                steps += make_series(network, torch.from_numpy(context).to(like.device), lengths, self.window_)
                contexts.append(context)
        return self.encoding.decode(steps, np.concatenate(contexts))

    @property
    def longest(self) -> int:
        """Rows of the longest series that is made where no length is named."""
        return self.window_ if self.is_single else self.encoding.longest

    @property
    def is_single(self) -> bool:
        """Whether one long series was learnt from, in windows."""
        return self.encoding.length > self.window_

    def _complete(self, given: Any, count: int, length: int | None, generator: np.random.Generator) -> Table:
        """Go on from, and fill the gaps in, a table that is given."""
        encoding, network = self.encoding, self._fitted()
        table = sources.resolve(given, known=encoding.columns, has_gaps=True)["train"]
        table = _longer(table, count, length)
        known = ~is_missing_row(table)
        self._require_rules(table, known)
        like = next(network.parameters())
        context = self._context_of(table, generator)
        filled = _without_gaps(table, encoding)
        encoded = encoding.encode_cells(filled).steps
        rows = [
            complete_series(
                network,
                GivenSeries(part, known[table.starts[i] : table.starts[i + 1]]),
                torch.from_numpy(context[i : i + 1]).to(like.device),
                self.window_,
            )
            for i, part in enumerate(encoded)
        ]
        is_made = [
            column.name not in encoding.derivation.monotone and not column.is_context for column in table.columns
        ]
        cells = np.where(~known[:, None] & np.asarray(is_made), MISSING, table.cells)
        return encoding.decode(rows, context, cells)

    def _require_rules(self, table: Table, known: np.ndarray) -> None:
        """Hold what is given to the rules, but for the rows that are to be made.

        Raises:
            DataError: one is broken; names the row.
        """
        for rule in self.encoding.rules:
            broken = np.flatnonzero(rule.violations(table) & known)
            if len(broken):
                raise DataError(
                    f"{table.where(int(broken[0]))}: expected the rule {str(rule)!r} to hold, got a row that breaks it"
                )

    def _context_of(self, table: Table, generator: np.random.Generator) -> np.ndarray:
        """The context of each series, (N, C): as it stands in any of its rows, else drawn."""
        encoding = self.encoding
        drawn = self._learnt(self.context_model_).draw(len(table), encoding.context_features, generator)
        encoded = encoding.encode_cells(_without_gaps(table, encoding)).context
        position = 0
        for feature in encoding.context_features:
            part = slice(position, position + feature.size)
            position += feature.size
            if feature.meaning == "length":
                drawn[:, part] = feature.encode(table.lengths)
                continue
            cells = table.cells_of(feature.column)[table.starts[:-1]]
            drawn[cells != MISSING, part] = encoded[cells != MISSING, part]
        return drawn

    def describe(self, inputs: list[dict[str, Any]], /) -> list[dict[str, Any]]:
        """Make a series for each request, as JSON holds it.

        Args:
            inputs: objects of "length" and "seed", as of `sample`, both optional.

        Returns:
            For each its "columns" and its "rows", a list of texts each, as the file has them.
        """
        tables = [self.sample(1, length=one.get("length"), seed=one.get("seed")) for one in inputs]
        return [{"columns": table.header, "rows": table.texts()} for table in tables]

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it."""
        self._fitted()
        columns = list_of(TEXT, len(self.encoding.columns))
        request = object_of({"length": COUNT, "seed": COUNT}, optional=("length", "seed"))
        return Signature(self.name, request, object_of({"columns": columns, "rows": list_of(columns)}))

    def format_samples(self, samples: Table) -> str:
        """Give a table as a CSV file."""
        return samples.csv()

    def real(self, data: Any, valid: Any = None, *, count: int = 1, seed: int = 0) -> RealSamples:
        """Draw real series, of one long series parts as long as what was learnt at once; see `Sampler.real`."""
        whole = self._resolve(data, is_new=False)
        named = None if valid is None else self._resolve(valid, is_new=False)
        train, held = self._divide(whole, named)
        parts = draw_parts(train if held is None else held, count, self.window_ if self.is_single else None, seed)
        return RealSamples(parts, held is not None, fingerprints_of(whole, named))

    def report(self, data: Any, valid: Any = None, folder: Path | None = None) -> SampleReport:
        """Measure how good made series are, beside real ones and those of the likelihood model; see `Sampler.report`.

        The likelihood model is kept in the folder of the run, so that it is learnt once.
        """
        from recurra.tasks.series_gan.report import report

        return report(self, *self.divided(data, valid), folder)

    # --- files -------------------------------------------------------------------------------------------------------

    def _save_artifacts(self, folder: Path) -> None:
        encoding_file.write(self.encoding, self.window_, folder / "encoding.json")
        content = dataclasses.asdict(self._learnt(self.context_model_))
        atomic.write_text(folder / "context.json", json.dumps(content) + "\n")
        if self.canaries_ is not None:
            canaries_file.write(self.canaries_, folder / "canaries.json")

    def _load_artifacts(self, folder: Path) -> None:
        self.encoding_, self.window_ = encoding_file.read(folder / "encoding.json")
        file = folder / "context.json"
        with record.reading(file, "the distribution of the context of a run"):
            self.context_model_ = ContextModel(**read_json(file, "the distribution of the context of a run"))
            record.require_types(self.context_model_, file)
            self.context_model_.draw(1, self.encoding.context_features, np.random.default_rng(0))  # fits, and draws
        self.canaries_ = canaries_file.read(folder / "canaries.json", self.encoding_)


def _longer(table: Table, count: int, length: int | None) -> Table:
    """Each series so often, with empty rows behind its last up to a length."""
    table = table.select([i for i in range(len(table)) for _ in range(count)])
    if length is None:
        return table
    parts, lengths = list[np.ndarray](), list[int]()
    for cells in table.series():
        rows = max(length, len(cells))
        longer = np.full((rows, cells.shape[1]), MISSING)
        longer[: len(cells)] = cells
        for position, column in enumerate(table.columns):
            if column.is_context:
                longer[:, position] = cells[0, position]
        parts.append(longer)
        lengths.append(rows)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Table(table.columns, np.concatenate(parts), starts, table.source)


def _without_gaps(table: Table, encoding: TableEncoding) -> Table:
    """The table with something in the place of every missing cell, so that it can be encoded."""
    cells = table.cells.copy()
    for position, column in enumerate(table.columns):
        of_column = cells[:, position]
        if column.kind == "category":
            of_column[of_column == MISSING] = MISSING if column.missing is not None else 0
        elif not (of_column != MISSING).any():
            of_column[:] = sum(encoding.ranges.get(column.name, [0, 0])) // 2
    return dataclasses.replace(table, cells=cells)
