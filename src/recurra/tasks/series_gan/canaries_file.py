"""The file of a run that holds the canaries that were planted in what it has learnt from."""

import json
from dataclasses import asdict
from pathlib import Path

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json
from recurra.data.tables.encoding import TableEncoding
from recurra.tasks.series_gan.canaries import Canaries

_WHAT = "the canaries of a run"


def write(canaries: Canaries, file: Path) -> None:
    """Write canaries."""
    atomic.write_text(file, json.dumps(asdict(canaries)) + "\n")


def read(file: Path, encoding: TableEncoding) -> Canaries | None:
    """Read what `write` wrote; None where there is no such file.

    Args:
        file: to read.
        encoding: of the run.

    Raises:
        DataError: it is broken.
    """
    if not file.exists():
        return None
    with record.reading(file, _WHAT):
        canaries = Canaries(**read_json(file, _WHAT))
        record.require_types(canaries, file)
        size = sum(feature.size for feature in encoding.step_features)
        is_whole = all(rows and all(len(row) == size for row in rows) for rows in canaries.rows)
        contexts = [len(context) == encoding.context_size for context in canaries.context]
        record.require(is_whole and len(contexts) == len(canaries.rows) and all(contexts), file, _WHAT)
    return canaries
