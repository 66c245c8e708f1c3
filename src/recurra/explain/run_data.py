"""The data that a run can be explained on, where nobody names others: those of its training."""

import os
from pathlib import Path
from typing import Any

from recurra.data.sources.catalogue import NAMED
from recurra.errors import DataError
from recurra.training.run import RunFolder


def data_of(run: str | Path) -> Any:
    """Name what a run was validated on or, where that was a part of what it learnt from, all of this.

    Args:
        run: its folder.

    Returns:
        A name, or a list of names, as `Task.data_module` takes them.

    Raises:
        DataError: the run names none, since it learnt from arrays or was saved from memory; or they are gone.
    """
    folder = RunFolder(run)
    sources = folder.read_config()["data"]
    data = sources.get("valid") or sources.get("data") if isinstance(sources, dict) else None
    if data is None:
        raise DataError(
            f"{folder.path}: expected a run that names its data, got one on arrays; name data to explain it on"
        )
    for name in data if isinstance(data, list) else [data]:
        if not os.path.exists(name) and name not in NAMED:
            raise DataError(f"{name}: expected the data of {folder.path}, found none; name others to explain it on")
    return data
