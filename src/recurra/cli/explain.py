"""`recurra explain`: what a trained network remembers, how its gradients fare, what its units follow, what decides."""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from recurra.cli.loading import load
from recurra.cli.output import print_json as print_json
from recurra.cli.output import write
from recurra.cli.stream import HYPHENED
from recurra.errors import DataError
from recurra.explain.report import PARTS, report
from recurra.explain.run_data import data_of
from recurra.training import Task


def explain(
    run: Path,
    data: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    out: Path | None = None,
    part: str | None = None,
    parts: str = ",".join(PARTS),
    cure: bool = False,
    figures: Path | None = None,
    json: bool = False,
) -> None:
    """Explain a trained network: a short summary, and a report with pictures.

    Parameters
    ----------
    run
        Run folder.
    data
        What to explain it on: as of `recurra evaluate`; by default what the run was validated on or, where that was a
        part of its training data, all of these.
    out
        File to write the report to: one page, .html, that needs no network.
    part
        Part of a named data set: train, valid or test; by default test where there is one, else valid.
    parts
        What to measure, separated by commas.
    cure
        Train for a short while with each of the cures that are proposed, and compare.
    figures
        Folder to write each figure to, as SVG and PNG.
    json
        Print all numbers as one JSON object.
    """
    if out is not None and out.suffix.lower() != ".html":
        raise DataError(f"{out}: expected a report's name, which ends in .html")
    task: Task[Any, Any] = load(run, Task)
    source: Any = data_of(run) if not data else data[0] if len(data) == 1 else data
    options = {"gradients": {"cure": True}} if cure else {}
    names = [name.strip() for name in parts.split(",")]
    explained = report(task, source, part, title=str(run), parts=names, options=options, announce=_announce)
    if out is not None:
        explained.save(out)
    if figures is not None:
        explained.save_figures(figures)
    if json:
        print_json(explained.numbers())
    else:
        write(str(explained), end="\n")


def _announce(name: str) -> None:
    """Tell a person who waits what is being measured."""
    if sys.stderr.isatty():
        print(f"measuring {name}", file=sys.stderr)
