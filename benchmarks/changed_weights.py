"""What it costs to see every change of a weight: sequences and steps without gradients, round by round in turn.

A layer keeps its weights packed and looks at all their numbers before it uses them again. "sequence" compares a call of
the layer with torch.nn's, and with packing at each call; "step" compares `layer.step` with the same over weights that
the caller packed, with a step over the weights as they are, and with torch.nn's layer on one step. Above 1 the layer,
as it is by default, is faster.

    python benchmarks/changed_weights.py [--rounds 9] [--threads 1]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

import recurra
from recurra.kernels import weight_cache

SEQUENCES = [(16, 32, 1, 1), (16, 32, 8, 1), (16, 128, 1, 1), (64, 128, 20, 1), (64, 128, 20, 16), (512, 512, 8, 1)]
STEPS = [(16, 32, 1, 1), (16, 128, 1, 1), (64, 128, 1, 1), (64, 128, 1, 16), (256, 256, 1, 1), (256, 256, 1, 32)]
STEPS += [(512, 512, 1, 1), (512, 512, 2, 1), (512, 512, 1, 64)]

Call = Callable[[], Any]


def seconds(call: Call, repeats: int) -> float:
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter  # others on the machine count less
    began = clock()
    for _ in range(repeats):
        call()
    return (clock() - began) / repeats


def in_turn(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    """Time each call in every round, in turn."""
    repeats = max(3, int(0.02 / max(seconds(call, 3) for call in calls.values())))
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            found[name].append(seconds(call, repeats))
    return found


def line(title: str, first: str, found: dict[str, list[float]]) -> str:
    parts = [f"{title:34} {statistics.median(found[first]) * 1e6:9.1f} us"]
    for name, times in found.items():
        if name != first:
            ratio = statistics.median(other / own for other, own in zip(times, found[first], strict=True))
            parts.append(f"{name} {ratio:5.2f}")
    return "  ".join(parts)


def pair(name: str, inputs: int, hidden: int, layers: int) -> tuple[Any, nn.Module]:
    theirs = getattr(nn, name)(inputs, hidden, layers)
    ours = getattr(recurra.nn, name)(inputs, hidden, layers)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def packing_again(layer: Any, x: torch.Tensor) -> None:
    weight_cache._layers.clear()
    layer(x)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in ("LSTM", "GRU"):
        for inputs, hidden, steps, batch in SEQUENCES:
            ours, theirs = pair(name, inputs, hidden, 1)
            x = torch.randn(steps, batch, inputs)
            calls: dict[str, Call] = {
                "layer": lambda ours=ours, x=x: ours(x),
                "torch.nn": lambda theirs=theirs, x=x: theirs(x),
                "packing at each call": lambda ours=ours, x=x: packing_again(ours, x),
            }
            title = f"{name}({inputs}, {hidden}), T {steps}, B {batch}"
            print(line("sequence " + title, "layer", in_turn(calls, options.rounds)), flush=True)
        for inputs, hidden, layers, batch in STEPS:
            ours, theirs = pair(name, inputs, hidden, layers)
            x = torch.randn(batch, inputs)
            _, state = ours.step(x)
            states = list(state) if isinstance(state, tuple) else [state]
            weights = ours.pack()
            calls = {
                "step": lambda ours=ours, x=x, state=state: ours.step(x, state),
                "packed": lambda ours=ours, x=x, state=state, weights=weights: ours.step(x, state, weights),
                "as they are": lambda ours=ours, x=x, states=states: ours._differentiable_step(x, states),
                "torch.nn": lambda theirs=theirs, x=x, state=state: theirs(x.unsqueeze(0), state),
            }
            title = f"{name}({inputs}, {hidden}, {layers}), B {batch}"
            print(line("step     " + title, "step", in_turn(calls, options.rounds)), flush=True)


if __name__ == "__main__":
    main()
