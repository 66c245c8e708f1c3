"""Whether the data of a run are at hand and may be shown: who serves a run may not want to show what it learnt from."""

import os
from typing import Any, Literal

from fastapi import Request

from recurra.data.sources.catalogue import NAMED
from recurra.data.sources.named import locate
from recurra.errors import DataError
from recurra.serve.protection.hosts import is_here
from recurra.serve.settings import ServeSettings
from recurra.training.run import RunFolder
from recurra.training.sources import Source, Sources
from recurra.training.task import Task

NotNamed = Literal["private", "unnamed"]


def may_see(request: Request, settings: ServeSettings) -> bool:
    """Whether the client of a request may see what the data of a run are."""
    viewers = settings.real_samples
    return viewers == "all" or (viewers == "local" and is_here(request))


def sources_of(task: Task[Any, Any], folder: RunFolder) -> Sources | NotNamed:
    """What a run learnt from; or why nothing may be shown of it.

    Args:
        task: of the run.
        folder: of the run.

    Returns:
        The names of the data; "private" where the run was trained so that it tells nothing of any single sample;
        "unnamed" where it names no data.
    """
    if getattr(task.config, "epsilon", 0):
        return "private"
    try:
        return Sources.read(folder.read_config()["data"], folder.config_file)
    except DataError:
        return "unnamed"


def is_at_hand(source: Source) -> bool:
    """Whether data are on this machine, without a download; None, which names nothing, is."""
    return all(os.path.exists(name) or (name in NAMED and locate(name) is not None) for name in names_of(source))


def names_of(source: Source) -> list[str]:
    """All names of a source."""
    return source if isinstance(source, list) else [] if source is None else [source]
