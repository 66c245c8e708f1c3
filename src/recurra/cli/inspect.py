"""`recurra data` and `recurra doctor`: what is here."""

import json
import os
import platform
import sys
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table


def data(*, json: bool = False, clean: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List the data sets that have a name, and where each is found.

    Parameters
    ----------
    json
        Print one JSON object a data set.
    clean
        Remove the numbers of texts from the cache instead; they are made again when needed. Data sets stay.
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
    _show(rows, json)


def _clean() -> None:
    from recurra.data.files import cache

    texts, size = cache.clean()
    print(
        f"removed the numbers of {texts:,} text{'' if texts == 1 else 's'}, {_size(size)}, from {cache.token_folder()}"
    )


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _where(entry: Any) -> str:
    if entry.write:
        return "made when used"
    return "downloaded when used" if entry.files else "not here: put it into a folder that RECURRA_DATA names"


def doctor(*, json: bool = False) -> None:
    """Tell what Recurra has on this machine: versions, processor, threads, devices and which recurrence runs.

    Parameters
    ----------
    json
        Print one JSON object a fact.
    """
    import torch

    import recurra
    from recurra.bench.machine import processor
    from recurra.data.files import cache
    from recurra.kernels import compiled

    bf16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    facts = {
        "recurra": recurra.__version__,
        "python": f"{platform.python_version()} at {sys.executable}",
        "torch": torch.__version__,
        "processor": f"{processor()}, {os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}",
        "threads": f"{torch.get_num_threads()} (--threads, or OMP_NUM_THREADS)",
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "bf16": "this processor multiplies it" if bf16 else "not in this processor: float32 is faster",
        "kernels": _kernels(),
        "recurrence": ("fused, on compiled kernels," if compiled.enabled() else "native, on PyTorch's own functions,")
        + " for rnn, relu, lstm and gru; native for other types and devices and short sequences; "
        "stepwise, in plain torch, for other cells, layer_norm and zoneout",
        "openmp": ", ".join(compiled.openmp_runtimes()) or "unknown",
        "data": os.environ.get("RECURRA_DATA") or "RECURRA_DATA is not set; named data are downloaded",
        "cache": str(cache.cache_folder()),
        "tokens": _kept_texts(),
    }
    _show([{"what": name, "here": fact} for name, fact in facts.items()], json)


def _kept_texts() -> str:
    """How much of the cache the numbers of texts take."""
    from recurra.data.files import cache

    used = sum(entry.size for entry in cache.entries())
    return f"{_size(used)} of at most {_size(cache.size_limit())} ({cache.SIZE_VARIABLE}); recurra data --clean"


def _kernels() -> str:
    from recurra.kernels import compiled

    if not compiled.enabled():
        return f"none: {compiled.why_not()}"
    sets = {"v4": "AVX-512", "v3": "AVX2", "v2": "SSE4.2", "plain": "as the compiler chose"}
    name = compiled.instruction_set()
    return f"{name} ({sets[name]}, {compiled.vector_floats()} numbers at once), on PyTorch's threads"


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")  # a path is shown whole
    for row in rows:
        table.add_row(*row.values())
    width = None if sys.stdout.isatty() else 10_000  # one line a row, for grep
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    with console.capture() as text:
        console.print(table)
    print(text.get(), end="")
