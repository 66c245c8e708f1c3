"""The rows of a frame in the order of its times, as those of a file are that the training read."""

from datetime import datetime
from typing import Any

import numpy as np

from recurra.data.files.numbers import is_number
from recurra.data.sequences.table_columns import TableColumns
from recurra.errors import DataError


def in_time(content: Any, names: list[str], columns: TableColumns | None, where: str) -> Any:
    """Put the steps of a sequence in the order of the column that ordered those of the training, where it is there.

    Args:
        content: the cells of a frame, (T, columns).
        names: of its columns.
        columns: of the training.
        where: what an error calls the sequence.

    Raises:
        DataError: the column holds neither numbers nor dates.
    """
    if columns is None or columns.time is None or columns.time not in names or not isinstance(content, np.ndarray):
        return content
    times = content[:, names.index(columns.time)].tolist()
    try:
        if all(isinstance(time, str) for time in times):
            times = [float(time) if is_number(time) else datetime.fromisoformat(time) for time in times]
        order = sorted(range(len(times)), key=times.__getitem__)
    except (TypeError, ValueError):
        raise DataError(f"{where}: expected numbers or dates in column {columns.time!r}, which orders steps") from None
    return content if order == list(range(len(times))) else content[order]
