"""Series over HTTP: rows of cells by column in JSON, and CSV."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from recurra.data.files.csv_rows import rows_of
from recurra.data.tables.column import MISSING, Column
from recurra.data.tables.reading import NONE_CHOSEN, parse
from recurra.data.tables.table import Table
from recurra.serve.errors import ApiError
from recurra.serve.samples.kind import Kind, require_steps
from recurra.serve.samples.request import SampleRequest
from recurra.tasks.series_gan.task import TimeSeriesGAN


class SeriesKind(Kind):
    """Series of a table."""

    field = "series"
    media_types = ("text/csv",)

    def given(self, task: TimeSeriesGAN, value: str | list[str]) -> Table:
        """A table of the columns that were learnt from."""
        if not isinstance(value, str):
            raise ApiError(400, "given: expected a table as the text of a CSV file, got a list", "given", "wrong_form")
        lines = enumerate(value.replace("\r\n", "\n").split("\n"), 1)
        return parse(rows_of(lines, "given"), "given", NONE_CHOSEN, task.encoding.columns, has_gaps=True)

    def require_bounds(self, task: TimeSeriesGAN, given: Table | None, request: SampleRequest, most: int) -> None:
        """Refuse to make too many rows."""
        if given is None:
            super().require_bounds(task, given, request, most)
        else:
            require_steps(request.count * sum(max(rows, request.length or 0) for rows in given.lengths.tolist()), most)

    def select(self, samples: Table, positions: Sequence[int]) -> Table:
        """Some of the series."""
        return samples.select(positions)

    def content(self, task: Any, samples: Table, request: SampleRequest) -> Mapping[str, Any]:
        """The columns, and of each series its rows."""
        columns = [_cells(column, cells) for column, cells in zip(samples.columns, samples.cells.T, strict=True)]
        rows = [list(row) for row in zip(*columns, strict=True)]
        starts = samples.starts.tolist()
        series = [rows[start:end] for start, end in pairwise(starts)]
        return {"columns": [described(column) for column in samples.columns], "series": series}


def described(column: Column) -> dict[str, Any]:
    """A column as JSON: its name, what its cells and it are, its categories, and whether it changes in a series."""
    is_text = column.kind == "category" or column.time is not None
    return {
        "name": column.name,
        "kind": column.kind,
        "role": column.role,
        "cells": "text" if is_text else "number",
        "categories": column.categories if column.role == "value" else [],
        "is_context": column.is_context,
    }


def _cells(column: Column, cells: np.ndarray) -> list[Any]:
    """The cells of a column as JSON holds them: numbers, texts, and null where one is missing."""
    if column.kind == "category" or column.time is not None:
        return list(column.values(cells))
    if column.number.decimals == 0:
        return [None if cell == MISSING else cell for cell in cells.tolist()]
    return [
        None if cell == MISSING else value for cell, value in zip(cells, column.values(cells).tolist(), strict=True)
    ]
