"""Layers of a stack that train side by side, a thread each, against one after the other, whose threads share each step.

Forward and backward of the same stack both ways, in turn, round after round; above 1, side by side is the faster. A
star stands where Recurra chooses to run them so.

    python benchmarks/linked_layers.py [--threads 2] [--rounds 25] [--steps 64] [--cells LSTM GRU RNN]
        [--stacks 2,64,1 3,128,8]
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

import recurra
from recurra.bench import machine
from recurra.kernels import FUSED_CELLS, linked_layers

CELLS = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn_tanh"}
STACKS = [
    f"{layers},{hidden},{batch}" for layers, hidden, batch in itertools.product((2, 3), (64, 128, 256), (1, 8, 16))
]


@contextmanager
def chosen(is_linked: bool) -> Iterator[None]:
    """Whatever the sizes are."""
    gain = linked_layers.gain
    linked_layers.gain = lambda *_: is_linked
    try:
        yield
    finally:
        linked_layers.gain = gain


def compare(cell: str, layers: int, hidden: int, batch: int, options: argparse.Namespace) -> str:
    """One row: microseconds both ways, and the ratio of their medians."""
    stack = getattr(recurra.nn, cell)(hidden, hidden, layers)
    x, upstream = (torch.randn(options.steps, batch, hidden) for _ in range(2))
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(options.rounds + 1):
        for is_linked, seconds in times.items():
            with chosen(is_linked):
                stack.zero_grad()
                began = time.perf_counter()
                stack(x)[0].backward(upstream)
                if number:  # the first warms up
                    seconds.append(time.perf_counter() - began)
    linked, shared = (statistics.median(seconds) * 1e6 for seconds in times.values())
    kind = linked_layers.Layers(FUSED_CELLS[CELLS[cell]], True, layers)
    star = "*" if linked_layers.gain(kind, batch, hidden, hidden, hidden) else ""
    return f"{linked:8.0f} {shared:8.0f} {shared / linked:6.2f} {star}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--cells", nargs="+", default=list(CELLS))
    parser.add_argument("--stacks", nargs="+", default=STACKS, help="each layers,units,sequences")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    print(f"{machine.processor()}, {options.threads} threads, {options.steps} steps; side by side, shared, ratio")
    for cell in options.cells:
        for stack in options.stacks:
            layers, hidden, batch = map(int, stack.split(","))
            print(f"{cell:5}{stack:10}{compare(cell, layers, hidden, batch, options)}", flush=True)


if __name__ == "__main__":
    main()
