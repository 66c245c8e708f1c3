"""Tables of series from what a person names: files, arrays and frames, and named data sets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recurra.data.files.folder import ending
from recurra.data.sequences.in_memory import is_source
from recurra.data.sequences.readers import arrays
from recurra.data.sources import named
from recurra.data.tables.choices import Choices
from recurra.data.tables.column import Column
from recurra.data.tables.in_memory import table_of
from recurra.data.tables.reading import NONE_CHOSEN, read
from recurra.data.tables.table import Table
from recurra.errors import DataError


def resolve(
    data: Any, choices: Choices = NONE_CHOSEN, known: Sequence[Column] | None = None, has_gaps: bool = False
) -> dict[str, Table]:
    """Find tables of series.

    Args:
        data: a CSV file, a .npz file with `X` (N, T, I), the name of a data set; or arrays or a frame, see
            `recurra.data.tables.in_memory.table_of`.
        choices: what a person says of the columns.
        known: the columns of an earlier table; these are read alike.
        has_gaps: whether any cell may be missing, which is to be filled.

    Returns:
        The parts by name: "train", "test"; a person's own data are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    if isinstance(data, Table) or not is_source(data):
        return {"train": table_of(data, choices, known)}

    def read_file(path: Path) -> Table:
        kind = ending(path)
        if kind == ".npz":
            return table_of(arrays.read(path).inputs, choices, known)
        if kind not in (".csv", ".tsv", ".txt"):
            raise DataError(
                f"{path}: expected a table, a file of .csv, .tsv, .txt or .npz, got {path.suffix or 'no ending'!r}"
            )
        return read(path, choices, known, has_gaps)

    return named.read_parts(data, "series-gan", read_file, _refuse_several)


def _refuse_several(tables: Sequence[Table]) -> Table:
    if len(tables) == 1:
        return tables[0]
    raise DataError(
        f"{tables[1].source}: expected one table, with a column that names the series where there are several, got "
        f"{len(tables)} files"
    )
