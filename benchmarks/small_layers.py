"""Small layers and short calls: torch.nn's time divided by that of the accelerated layer, and of recurra.nn's.

What a layer costs besides its arithmetic decides here. The same call is made of each in turn, round after round in one
process; the ratio is taken round by round, and its median is shown: below 1, torch.nn is faster.

    python benchmarks/small_layers.py [--rounds 21] [--only Linear] [--below 0.97]
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

import recurra

Call = Callable[[], Any]
Case = tuple[str, dict[str, nn.Module], list[Tensor]]

LINEARS = [(4, 4), (16, 16), (64, 64), (128, 10), (256, 256), (512, 512)]
CELLS = [(16, 32), (64, 128), (256, 256)]
SEQUENCES = [(16, 32), (64, 128)]
CLOCK = time.thread_time  # of one thread: what others do on the machine counts less
ROWS = (1, 8, 32, 64, 128)
SHAPES = ((1, 1), (2, 1), (4, 1), (8, 1), (20, 1), (1, 16), (3, 16), (20, 16))


def cases() -> Iterator[Case]:
    for inputs, outputs in LINEARS:
        for rows in ROWS:
            layer = nn.Linear(inputs, outputs)
            made = {
                "torch.nn": layer,
                "accelerated": accelerated(layer),
                "recurra.nn": recurra.nn.Linear(inputs, outputs),
            }
            yield f"Linear({inputs}, {outputs}), B {rows}", made, [torch.randn(rows, inputs)]
    for name in ("RNNCell", "GRUCell", "LSTMCell"):
        for inputs, hidden in CELLS:
            for rows in ROWS:
                layer = getattr(nn, name)(inputs, hidden)
                made = {"torch.nn": layer, "accelerated": accelerated(layer)}
                yield f"{name}({inputs}, {hidden}), B {rows}", made, [torch.randn(rows, inputs)]
    for name in ("RNN", "GRU", "LSTM"):
        for inputs, hidden in SEQUENCES:
            for steps, batch in SHAPES:
                layer = getattr(nn, name)(inputs, hidden)
                ours = getattr(recurra.nn, name)(inputs, hidden)
                made = {"torch.nn": layer, "accelerated": accelerated(layer), "recurra.nn": ours}
                yield f"{name}({inputs}, {hidden}), T {steps}, B {batch}", made, [torch.randn(steps, batch, inputs)]
    for size in (8, 64):
        layers = [part for _ in range(66) for part in (nn.Linear(size, size), nn.ReLU())]
        model = nn.Sequential(*layers)
        for rows in (1, 32):
            made = {"torch.nn": model, "accelerated": accelerated(model)}
            yield f"66 x Linear({size}, {size}), B {rows}", made, [torch.randn(rows, size)]


def accelerated(layer: nn.Module) -> nn.Module:
    return recurra.accelerate(copy.deepcopy(layer))


def learn(layer: nn.Module, x: Tensor) -> None:
    y = layer(x)
    (y[0] if isinstance(y, tuple) else y).sum().backward()


def seconds(call: Call, repeats: int) -> float:
    began = CLOCK()
    for _ in range(repeats):
        call()
    return CLOCK() - began


def ratios(calls: dict[str, Call], rounds: int) -> tuple[float, dict[str, float]]:
    """Seconds of the first call, and for the others its time divided by theirs."""
    for call in calls.values():
        seconds(call, 5)
    repeats = max(3, int(0.003 / (min(seconds(call, 3) for call in calls.values()) / 3)))
    first, *others = calls
    found: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for number in range(rounds):
        for name in names if number % 2 else names[::-1]:
            found[name].append(seconds(calls[name], repeats) / repeats)
    ratio = {name: statistics.median(a / b for a, b in zip(found[first], found[name], strict=True)) for name in others}
    return statistics.median(found[first]), ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--below", type=float, default=99, help="show ratios below this")
    options = parser.parse_args()
    torch.set_num_threads(1)
    below = 0
    for title, made, given in cases():
        if options.only not in title:
            continue
        for way in ("inference", "training"):
            run = learn if way == "training" else nn.Module.__call__
            calls: dict[str, Call] = {name: partial(run, layer, *given) for name, layer in made.items()}
            with torch.set_grad_enabled(way == "training"):
                time_of_torch, found = ratios(calls, options.rounds)
            below += found["accelerated"] < 0.97
            if min(found.values()) < options.below:
                shown = "  ".join(f"{name} {ratio:5.2f}" for name, ratio in found.items())
                print(f"{title:34} {way:10} {time_of_torch * 1e6:8.1f} us  {shown}", flush=True)
    print(f"accelerated below 0.97: {below}")


if __name__ == "__main__":
    main()
