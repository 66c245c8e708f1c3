"""Recurrent layers and the large softmax in bfloat16 beside the same in float32, and beside PyTorch's in both, in turn.

Forward and backward, round after round in one process, so that a slow moment of the machine strikes all. Above 1, ours
in bfloat16 is the faster. With one thread the processor time of the thread counts, so that others on the machine count
less.

    python benchmarks/bf16.py [--rounds 11] [--threads 1] [--cells LSTM GRU RNN] [--shapes 32,64,512 128,64,1024]
        [--softmaxes 2048,512,100]
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch.nn import functional as F

import recurra
from recurra.bench import machine
from recurra.kernels import compiled

Call = Callable[[], Any]
SHAPES = ["32,64,256", "32,64,512", "64,128,256", "128,64,1024"]
SOFTMAXES = ["8192,512,100", "2048,512,10000"]


def training(layer: torch.nn.Module, x: torch.Tensor, bf16: bool) -> Call:
    """Forward and backward for the gradients of the input and all weights."""
    upstream = torch.randn(*x.shape[:2], layer.hidden_size)

    def call() -> None:
        for tensor in (x, *layer.parameters()):
            tensor.grad = None
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            y, _ = layer(x)
        y.backward(upstream.to(y.dtype))

    return call


def ways(cell: str, batch: int, steps: int, hidden: int) -> dict[str, Call]:
    """The same layer four times."""
    ours = getattr(recurra.nn, cell)(hidden, hidden)
    theirs = getattr(torch.nn, cell)(hidden, hidden)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(steps, batch, hidden, requires_grad=True)
    return {
        "ours": training(ours, x, False),
        "ours bf16": training(ours, x, True),
        "torch": training(theirs, x, False),
        "torch bf16": training(theirs, x, True),
    }


def softmax(rows: int, features: int, symbols: int) -> dict[str, Call]:
    """The loss of a linear layer's logits and all its gradients four times."""
    x = torch.randn(rows, features, requires_grad=True)
    weight = (torch.randn(symbols, features) / features**0.5).requires_grad_()
    target = torch.randint(symbols, (rows,))

    def by(loss: Callable[..., torch.Tensor], bf16: bool) -> Call:
        def call() -> None:
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                total = loss(x, weight, None, target)
            torch.autograd.grad(total, [x, weight])

        return call

    def plain(x: torch.Tensor, weight: torch.Tensor, bias: None, target: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(F.linear(x, weight), target, reduction="sum")

    ours = recurra.kernels.linear_cross_entropy
    return {
        "ours": by(ours, False),
        "ours bf16": by(ours, True),
        "torch": by(plain, False),
        "torch bf16": by(plain, True),
    }


def measure(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    """Seconds of each call in each round."""
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            began = clock()
            call()
            times[name].append(clock() - began)
    return times


def ratio(times: dict[str, list[float]], others: Sequence[str]) -> str:
    """How many times as long the best of some ways takes as ours in bfloat16: the median of rounds, and 10 to 90%."""
    best = min(others, key=lambda name: statistics.median(times[name]))
    ratios = sorted(a / b for a, b in zip(times[best], times["ours bf16"], strict=True))
    low, high = ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]
    return f"{statistics.median(ratios):5.2f} ({low:.2f}-{high:.2f})"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cells", nargs="+", default=["RNN", "GRU", "LSTM"])
    parser.add_argument("--shapes", nargs="+", default=SHAPES, help="each B,T,H")
    parser.add_argument("--softmaxes", nargs="*", default=SOFTMAXES, help="each rows,features,symbols")
    parser.add_argument("--instructions", help="v2, v3, v4, v4_bf16 or v4_amx instead of the best ones")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    if chosen.instructions and not compiled.extension.choose_bf16(chosen.instructions):
        raise SystemExit(f"this processor does not run {chosen.instructions} beside {compiled.instruction_set()}")
    sets = f"float32 on {compiled.instruction_set()}, bf16 on {compiled.bf16_instructions()}"
    print(f"{machine.processor()}, {sets}, {chosen.threads} threads; milliseconds, medians of {chosen.rounds}")
    rows = [(cell, shape, partial(ways, cell)) for cell in chosen.cells for shape in chosen.shapes]
    rows += [("softmax", shape, softmax) for shape in chosen.softmaxes]
    for name, shape, make in rows:
        times = measure(make(*map(int, shape.split(","))), chosen.rounds)
        shown = "  ".join(f"{name} {statistics.median(of) * 1e3:7.1f}" for name, of in times.items())
        over = f"over ours {ratio(times, ['ours'])}  over torch {ratio(times, ['torch', 'torch bf16'])}"
        print(f"{name:7} {shape:14}  {shown}  {over}", flush=True)


if __name__ == "__main__":
    main()
