"""Sequences, and what each is to be answered with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recurra.data.containers.rows import rows
from recurra.data.files.fingerprint import fingerprint
from recurra.data.files.locations import Locations
from recurra.data.sequences import feature_names
from recurra.data.sequences.lazy_rows import JoinedRows, SelectedRows
from recurra.data.sequences.table_columns import TableColumns
from recurra.errors import DataError


@dataclass(frozen=True)
class Examples:
    """Sequences, and what each is to be answered with.

    inputs: what each example holds, by position: arrays (T, I) of numbers, as a list of them or as one array
        (N, T, I), which may be memory-mapped; or texts.
    answers: of each a label, several labels (a list, or an array of 0 and 1), a number, or a list of labels or numbers,
        one a step; None where nothing is known.
    names: what each is called where predictions are listed; None for their numbers.
    columns: of a table, what each of its columns is.
    weights: how much each counts in learning; None, all alike.
    sampling_rate: of recordings, in Hz.
    locations: where each stands in a file, as of `recurra.data.files.locations`; None where its name says so, or
        nothing does.
    source: the file or folder that all are from, or the name of a data set; "" for what is in memory.
    answer_names: what the columns of answers are called that came as a frame of several.
    """

    inputs: Any
    answers: Sequence[Any] | None = None
    names: Sequence[str] | None = None
    columns: TableColumns | None = None
    weights: np.ndarray | None = None
    sampling_rate: int | None = None
    locations: Sequence[Any] | None = None
    source: str = ""
    answer_names: list[str] | None = None

    def __post_init__(self) -> None:
        for name in ("inputs", "answers", "names"):
            part = getattr(self, name)
            if not isinstance(part, SelectedRows | JoinedRows):
                object.__setattr__(self, name, rows(part))
        if len(self.inputs) == 0:
            raise DataError("expected at least one sequence, got none")
        if self.answers is not None and len(self.answers) != len(self.inputs):
            raise DataError(f"expected an answer for each of {len(self.inputs)} sequences, got {len(self.answers)}")

    def __len__(self) -> int:
        return len(self.inputs)

    def required_answers(self) -> Sequence[Any]:
        """The answers as they were given.

        Raises:
            DataError: there are none.
        """
        if self.answers is None:
            raise DataError(f"{self.source}{': ' * bool(self.source)}expected an answer for each sequence, got none")
        return self.answers

    @property
    def is_text(self) -> bool:
        """Whether the examples are texts."""
        return isinstance(self.inputs[0], str)

    def name(self, index: int) -> str:
        """What an example is called."""
        return str(index + 1) if self.names is None else self.names[index]

    def where(self, index: int) -> str:
        """What an error calls an example."""
        return str(self.all_locations()[index])

    def all_locations(self) -> Locations:
        """Where each example stands, by position."""
        return Locations(len(self), self.names if self.locations is None else self.locations, self.source)

    def fingerprint(self) -> str:
        """Give a hash of all that is learnt from them."""
        return fingerprint(self.inputs, self.required_answers())

    def select(self, indices: Sequence[int] | np.ndarray) -> "Examples":
        """Some of the examples, in the given order; a memory-mapped array stays where it is."""
        chosen = [int(i) for i in indices]
        is_list = isinstance(self.inputs, list)
        inputs = [self.inputs[i] for i in chosen] if is_list else SelectedRows(self.inputs, chosen)
        answers, names = (None if part is None else [part[i] for i in chosen] for part in (self.answers, self.names))
        weights = None if self.weights is None else self.weights[chosen]
        locations = SelectedRows(self.all_locations(), chosen)
        return replace(self, inputs=inputs, answers=answers, names=names, weights=weights, locations=locations)

    def in_order_of(self, columns: TableColumns | None, where: str = "data") -> "Examples":
        """The examples with their features in the order of the training's, where these have names on both sides.

        Args:
            columns: of the training.
            where: what an error calls the examples.

        Raises:
            DataError: the names are others.
        """
        table = self.columns
        if columns is None or table is None or table.form != columns.form:
            return self
        positions = feature_names.order(columns, table.features, where)
        if positions is None:
            return self
        if columns.form == "steps":
            inputs = [np.asarray(x)[:, positions] for x in self.inputs]
        else:
            inputs = [np.asarray(x)[positions] for x in self.inputs]
        return replace(self, inputs=inputs, columns=columns)

    def with_answers_in_order_of(self, names: list[str] | None, where: str = "y") -> "Examples":
        """The examples with the columns of their answers in the order of the training's; arguments as above."""
        if names is None or self.answer_names is None:
            return self
        positions = feature_names.order(feature_names.named(names), self.answer_names, where)
        if positions is None:
            return self
        answers = [np.asarray(answer)[..., positions] for answer in self.required_answers()]
        return replace(self, answers=answers, answer_names=names)

    def refuse_other_rate(self, rate: int | None) -> None:
        """Refuse recordings of another sampling rate than `rate`, in Hz; their features lie in other bands.

        Raises:
            DataError: names the first of them.
        """
        if None not in (rate, self.sampling_rate) and rate != self.sampling_rate:
            raise DataError(
                f"{self.where(0)}: expected a sampling rate of {rate:,} Hz, as in training, "
                f"got {self.sampling_rate:,}; convert it: sox IN.wav -r {rate} OUT.wav"
            )


def join(parts: Sequence[Examples]) -> Examples:
    """One set of examples after the other."""
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part.inputs, list) for part in parts):
        inputs: Any = [example for part in parts for example in part.inputs]
    else:
        inputs = JoinedRows([part.inputs for part in parts])
    answers = names = None
    if all(part.answers is not None for part in parts):
        answers = [answer for part in parts for answer in part.required_answers()]
    if all(part.names is not None for part in parts):
        names = [name for part in parts for name in part.names or []]
    for part in parts[1:]:
        part.refuse_other_rate(parts[0].sampling_rate)
    locations = JoinedRows([part.all_locations() for part in parts])
    source = ", ".join(part.source for part in parts)
    rate = parts[0].sampling_rate
    return Examples(inputs, answers, names, parts[0].columns, None, rate, locations, source)
