"""`recurra bench`: how fast the layers are on this machine, beside those of torch.nn."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.progress import track

from recurra.bench import grid, report


def bench(
    *,
    threads: Annotated[int | None, Parameter(validator=Number(gte=1, lte=1024))] = None,
    quick: bool = False,
    json: bool = False,
) -> None:
    """Measure the layers beside those of torch.nn, forward and with gradients, in about two minutes.

    Each time is the median of calls made in turn; the ratio is torch.nn's time over Recurra's, above 1 where Recurra is
    faster. Let nothing else run meanwhile.

    Parameters
    ----------
    threads
        Threads of both; by default as many as PyTorch takes.
    quick
        Take a few seconds: fewer and smaller sizes.
    json
        Print one JSON object a comparison, as it is made.
    """
    import torch

    before = torch.get_num_threads()
    threads = threads or before
    try:
        peak = grid.peak(threads)
        rows: dict[str, list[report.Row]] = {part: [] for part in grid.PARTS}
        for part, row in _rows(threads, quick):
            rows[part].append(row)
            if json:
                _print_json(part, row, threads, peak)
    finally:
        torch.set_num_threads(before)
    if not json:
        tables = [
            report.Table(f"{title}; threads: {threads}", rows[part], rate="GFLOP/s", peak=peak)
            for part, title in grid.PARTS.items()
        ]
        print("\n\n".join(map(report.text, tables)))


def _rows(threads: int, quick: bool) -> Iterator[tuple[str, report.Row]]:
    sizes, budget = (grid.QUICK, 0.05) if quick else (grid.GRID, 0.5)
    cases = [(part, cell, size) for part in grid.PARTS for cell in grid.CELLS for size in sizes]
    console = Console(stderr=True)
    for part, cell, size in track(cases, "measuring", console=console, transient=True, disable=not sys.stderr.isatty()):
        yield part, grid.compare(grid.Job(part, cell, size, [threads]), {}, budget=budget, rounds=3)


def _print_json(part: str, row: report.Row, threads: int, peak: float) -> None:
    theirs = row.peers["torch.nn"]
    gflops = row.amount / row.ours.seconds / 1e9
    value: dict[str, Any] = {"part": part, **row.case, "threads": threads, "recurra_ms": row.ours.seconds * 1e3}
    if isinstance(theirs, str):  # no time: their results are not ours
        value |= {"torch_ms": None, "ratio": None, "why": theirs}
    else:
        value |= {"torch_ms": theirs.seconds * 1e3, "ratio": row.ratio("torch.nn")}
    value |= {"gflops": gflops, "peak_share": gflops / peak if peak else None}
    print(json.dumps(value), flush=True)
