"""`recurra data`: the data sets that have a name, and the cache."""

from typing import Annotated, Any

from cyclopts import Parameter

from recurra.cli.table import megabytes, show


def data(*, json: bool = False, clean: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List the data sets that have a name, and where each is found.

    Parameters
    ----------
    json
        Print one JSON object a data set.
    clean
        Remove the numbers of texts and the frames of videos from the cache instead; they are made again when needed.
        Data sets stay.
    """
    if clean:
        _clean()
        return
    from recurra.data.sources.catalogue import NAMED
    from recurra.data.sources.named import locate

    folders = {name: locate(name) for name in NAMED}
    rows = [
        {
            "name": name,
            "job": entry.job,
            "about": entry.about,
            "found": str(folders[name]) if folders[name] else _where(entry),
        }
        for name, entry in NAMED.items()
    ]
    show(rows, json)


def _clean() -> None:
    from recurra.data.files import cache

    count, size = cache.clean()
    sources = "1 text or video" if count == 1 else f"{count:,} texts and videos"
    print(f"removed what was made of {sources}, {megabytes(size)}, from {cache.cache_folder()}")


def _where(entry: Any) -> str:
    if entry.write:
        return "made when used"
    return "downloaded when used" if entry.files else "not here: put it into a folder that RECURRA_DATA names"
