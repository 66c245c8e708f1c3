"""`recurra bench`: how fast the layers are on this machine, beside those of torch.nn."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.progress import track

from recurra.bench import grid, machine, report
from recurra.bench.peak import Peak
from recurra.kernels import compiled


def bench(
    *,
    threads: Annotated[int | None, Parameter(validator=Number(gte=1, lte=1024))] = None,
    quick: bool = False,
    json: bool = False,
) -> None:
    """Measure the layers beside those of torch.nn, forward and with gradients, in about two minutes.

    Each time is the median of calls made in turn; the ratio is torch.nn's time over Recurra's, above 1 where Recurra is
    faster. The peak is the highest rate of multiplying and adding that was seen all the while; the spread, how far
    apart the quartiles of calls are, of whichever spreads most. Let nothing else run meanwhile.

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
        peak = Peak(threads)
        rows: dict[str, list[report.Row]] = {part: [] for part in grid.PARTS}
        for part, row in _rows(peak, quick):
            rows[part].append(row)
            if json:
                _print_json(part, row, peak)
    finally:
        torch.set_num_threads(before)
    if not json:
        print(f"{machine.processor()}; compiled kernels: {compiled.instruction_set() or 'none'}; threads: {threads}\n")
        tables = [
            report.Table(title, rows[part], rate="GFLOP/s", peak=peak.gflops) for part, title in grid.PARTS.items()
        ]
        print("\n\n".join(map(report.text, tables)))


def _rows(peak: Peak, quick: bool) -> Iterator[tuple[str, report.Row]]:
    sizes, budget = (grid.QUICK, 0.05) if quick else (grid.GRID, 0.5)
    cases = [(part, cell, size) for part in grid.PARTS for cell in grid.CELLS for size in sizes]
    console = Console(stderr=True)
    for part, cell, size in track(cases, "measuring", console=console, transient=True, disable=not sys.stderr.isatty()):
        yield part, grid.compare(grid.Job(part, cell, size, [peak.threads]), {}, peak, budget=budget, rounds=3)


def _print_json(part: str, row: report.Row, peak: Peak) -> None:
    theirs = row.peers["torch.nn"]
    value: dict[str, Any] = {"processor": machine.processor(), "instruction_set": compiled.instruction_set()}
    value |= {"part": part, **row.case, "threads": peak.threads, "recurra_ms": row.ours.seconds * 1e3}
    if isinstance(theirs, str):  # no time: their results are not ours
        value |= {"torch_ms": None, "ratio": None, "why": theirs}
    else:
        value |= {"torch_ms": theirs.seconds * 1e3, "ratio": row.ratio("torch.nn")}
    value |= {"gflops": row.gflops, "peak_share": row.gflops / peak.gflops if peak.gflops else None}
    value |= {"spread": row.spread}
    print(json.dumps(value), flush=True)
