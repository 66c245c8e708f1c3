"""`recurra doctor`: what is on this machine."""

import os
import platform
import sys

from recurra.cli.table import megabytes, show


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

    facts = {
        "recurra": recurra.__version__,
        "python": f"{platform.python_version()} at {sys.executable}",
        "torch": torch.__version__,
        "processor": f"{processor()}, {os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}",
        "threads": f"{torch.get_num_threads()} (--threads, or OMP_NUM_THREADS)",
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "bf16": _bf16(),
        "kernels": _kernels(),
        "recurrence": ("fused, on compiled kernels," if compiled.enabled() else "native, on PyTorch's own functions,")
        + " for rnn, relu, lstm and gru; native for other types and devices and short sequences; "
        "stepwise, in plain torch, for other cells, layer_norm and zoneout",
        "openmp": ", ".join(compiled.openmp_runtimes()) or "unknown",
        "data": os.environ.get("RECURRA_DATA") or "RECURRA_DATA is not set; named data are downloaded",
        "cache": str(cache.cache_folder()),
        "cache use": _kept_in_cache(),
    }
    show([{"what": name, "here": fact} for name, fact in facts.items()], json)


def _bf16() -> str:
    """What products of bfloat16 are made of here."""
    from recurra.kernels import compiled

    if not compiled.enabled():
        return "by PyTorch's own functions"
    speed = (
        "this processor multiplies it" if compiled.multiplies_bf16() else "no instructions for it: float32 is as fast"
    )
    return f"{speed}; by {compiled.bf16_instructions()}"


def _kept_in_cache() -> str:
    """How much of the cache is what was made of texts and videos."""
    from recurra.data.files import cache

    used = sum(entry.size for entry in cache.entries())
    return f"{megabytes(used)} of at most {megabytes(cache.size_limit())} ({cache.SIZE_VARIABLE}); recurra data --clean"


def _kernels() -> str:
    from recurra.kernels import compiled

    if not compiled.enabled():
        return f"none: {compiled.why_not()}"
    sets = {"v4": "AVX-512", "v3": "AVX2", "v2": "SSE4.2", "plain": "as the compiler chose"}
    name = compiled.instruction_set()
    return f"{name} ({sets[name]}, {compiled.vector_floats()} numbers at once), on PyTorch's threads"
