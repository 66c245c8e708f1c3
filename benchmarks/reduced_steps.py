"""One step of a stream over weights of fewer bits beside one over float32, in turn, round after round in one process.

Above 1, weights of fewer bits are the faster. Both steps are packed; what is timed is the call of the compiled kernels
with what Python asks before it. With one thread the processor time of the thread counts, so that others on the machine
count less.

    python benchmarks/reduced_steps.py [--rounds 15] [--threads 1] [--streams 1 8] [--hidden-size 512 1024]
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

import recurra
from recurra.kernels import compiled

Call = Callable[[], Any]
TYPES = {"float32": None, "bf16": torch.bfloat16, "int8": torch.int8}


def seconds(call: Call, repeats: int) -> float:
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    began = clock()
    for _ in range(repeats):
        call()
    return (clock() - began) / repeats


def steps(cell: str, hidden: int, layers: int, streams: int) -> dict[str, Call]:
    """A step of the same layer over weights of each type."""
    layer = getattr(recurra.nn, cell)(hidden, hidden, layers)
    x, state = torch.randn(streams, hidden), layer.zero_state(streams)
    _, state = layer.step(x, state)
    return {name: step_over(layer, x, state, dtype) for name, dtype in TYPES.items()}


def step_over(layer: Any, x: torch.Tensor, state: Any, dtype: torch.dtype | None) -> Call:
    packed = layer.pack(dtype=dtype)
    return lambda: layer.step(x, state, packed)


def measure(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    repeats = max(3, int(0.02 / seconds(calls["float32"], 3)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            times[name].append(seconds(call, repeats))
    return times


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")


def shown(times: dict[str, list[float]], name: str) -> str:
    ratios = sorted(a / b for a, b in zip(times["float32"], times[name], strict=True))
    low, middle, high = ratios[len(ratios) // 10], statistics.median(ratios), ratios[-1 - len(ratios) // 10]
    return f"{name} {statistics.median(times[name]) * 1e6:8.1f} us {middle:5.2f} ({low:.2f}-{high:.2f})"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--hidden-size", type=int, nargs="+", default=[512, 1024])
    parser.add_argument("--layers", type=int, nargs="+", default=[1, 2])
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    sets = f"{compiled.instruction_set()} and {compiled.extension.reduced_name()}"
    print(f"{processor()}, {sets}, {chosen.threads} threads; medians, and 10 to 90% of the ratios of rounds")
    sizes = [(h, n, b) for h in chosen.hidden_size for n in chosen.layers for b in chosen.streams]
    with torch.no_grad():
        for cell in ("LSTM", "GRU"):
            for hidden, layers, streams in sizes:
                times = measure(steps(cell, hidden, layers, streams), chosen.rounds)
                title = f"{cell} {layers} x {hidden}, {streams} streams"
                print(f"{title:26} float32 {statistics.median(times['float32']) * 1e6:8.1f} us", end="  ")
                print("  ".join(shown(times, name) for name in ("bf16", "int8")), flush=True)


if __name__ == "__main__":
    main()
