"""`recurra serve`: trained networks over HTTP, and the page."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from recurra.cli.settings_flags import flags_of
from recurra.errors import DataError
from recurra.serve.settings import ServeSettings

_SPINS = "20000"
"""Rounds in which a thread of OpenMP waits for others awake, about a millisecond; by default it is many times as long,
and a core is lost meanwhile to whoever else needs it."""


def serve(
    *runs: Path,
    new_key: str | None = None,
    demo: Annotated[bool, Parameter(negative="")] = False,
    settings: Annotated[flags_of(ServeSettings) | None, Parameter(name="*")] = None,  # type: ignore[valid-type]
) -> None:
    """Serve trained networks over HTTP, with a page at /.

    Parameters
    ----------
    runs
        Run folders, of any jobs; each is served under the name of its folder.
    new_key
        Make an API key for somebody of this name, and serve nothing: the key is printed once, with the line by which
        the file of --api-keys knows it.
    demo
        Serve small models, one a job; they are trained at the first time, for about four minutes.
    """
    if new_key is not None:
        _print_key(new_key)
        return
    os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)  # read when PyTorch is loaded, which it is not yet
    from recurra.serve.listening import listen
    from recurra.serve.runs import Runs

    if demo:
        from recurra.serve.demo_runs import demo_runs

        runs = (*runs, *demo_runs())
    if not runs:
        raise DataError("runs: expected at least one run folder to serve, got none; --demo serves small models")
    chosen = ServeSettings(**vars(settings)) if settings else ServeSettings()  # which checks their bounds
    listen(
        Runs(runs, chosen.precision), chosen, announce=lambda address: print(f"serving at {address}", file=sys.stderr)
    )


def _print_key(name: str) -> None:
    from recurra.serve.protection.api_keys import new_key

    key, line = new_key(name)
    print(f"key, shown this once:       {key}")
    print(f"line for --api-keys FILE:   {line}")
