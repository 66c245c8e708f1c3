"""The kernels of two builds side by side: one process each, in turn, round after round; ratios of their times.

    python benchmarks/two_builds.py OLD.so NEW.so [--rounds 9] [--only lstm]

A build is a file `_compiled*.so`, such as that of another checkout's .venv. Both are called by this checkout's Python
code, and must have the functions that it asks for; where they have not, compare whole jobs (`jobs.py`).
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch

from recurra import nn
from recurra.kernels import linear_cross_entropy, linear_kernel
from recurra.kernels.topk_logsumexp import topk_logsumexp

Call = Callable[[], object]


def layer(kind: str, steps: int, batch: int, inputs: int, hidden: int, training: bool) -> Call:
    """One pass over a whole sequence."""
    model = getattr(nn, kind)(inputs, hidden)
    x = torch.randn(steps, batch, inputs)

    def train() -> None:
        model.zero_grad()
        model(x)[0].sum().backward()

    @torch.no_grad()
    def run() -> None:
        model(x)

    return train if training else run


def step(kind: str, batch: int, hidden: int) -> Call:
    """A step of streams over packed weights."""
    model = getattr(nn, kind)(hidden, hidden)
    weights, x = model.pack(), torch.randn(batch, hidden)
    with torch.no_grad():
        _, state = model.step(x, weights=weights)

    @torch.no_grad()
    def run() -> None:
        model.step(x, state, weights)

    return run


def linear(rows: int, inputs: int, outputs: int) -> Call:
    """The gradients of a linear layer."""
    x, dy, weight = torch.randn(rows, inputs), torch.randn(rows, outputs), torch.randn(outputs, inputs)
    return lambda: linear_kernel.backward(dy, x, weight, [True, True, True])


def softmax(rows: int, hidden: int, symbols: int) -> Call:
    """A large softmax with its gradients."""
    x, target = torch.randn(rows, hidden, requires_grad=True), torch.randint(symbols, (rows,))
    weight, bias = torch.randn(symbols, hidden, requires_grad=True), torch.zeros(symbols, requires_grad=True)
    return lambda: linear_cross_entropy(x, weight, bias, target).backward()


def beam(rows: int, symbols: int) -> Call:
    """What a beam search asks of a softmax."""
    scores = torch.randn(rows, symbols)
    return lambda: topk_logsumexp(scores, 4)


def crf(batch: int, steps: int, labels: int) -> Call:
    """A CRF's loss with its gradients."""
    model, scores = nn.CRF(labels), torch.randn(batch, steps, labels, requires_grad=True)
    said = torch.randint(labels, (batch, steps))
    return lambda: model(scores, said).sum().backward()


CASES: dict[str, Callable[[], Call]] = {
    **{
        f"{kind.lower()} {steps}x{batch}, {inputs}->{hidden}, {'training' if training else 'inference'}": (
            lambda given=(kind, steps, batch, inputs, hidden, training): layer(*given)
        )
        for kind in ("RNN", "LSTM", "GRU")
        for steps, batch, inputs, hidden in [(20, 8, 16, 32), (50, 32, 128, 128), (35, 20, 512, 512), (400, 32, 64, 64)]
        for training in (True, False)
    },
    "lstm step of 1 stream, 256": lambda: step("LSTM", 1, 256),
    "linear 700x512->512": lambda: linear(700, 512, 512),
    "linear 20000x128->128": lambda: linear(20_000, 128, 128),
    "softmax 700x256 of 10000": lambda: softmax(700, 256, 10_000),
    "softmax 8000x128 of 200": lambda: softmax(8_000, 128, 200),
    "top 4 of 30 x 30000": lambda: beam(30, 30_000),
    "crf 32x64, 45 labels": lambda: crf(32, 64, 45),
    "crf 4x2000, 9 labels": lambda: crf(4, 2_000, 9),
}


LOAD = """
import importlib.util, runpy, sys
import torch  # its OpenMP is the one that the extension binds to
name = "recurra.kernels._compiled"
spec = importlib.util.spec_from_file_location(name, sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sys.modules[name] = module
runpy.run_path(sys.argv[2])["work"]()
"""


def work() -> None:
    """Time the cases that are asked for on standard input."""
    ready: dict[str, Call] = {}
    for line in sys.stdin:
        case, calls = json.loads(line)
        if case not in ready:
            torch.manual_seed(1)
            ready = {case: CASES[case]()}  # one at a time, so that memory is that of one
            ready[case]()
        start, start_cpu = time.perf_counter(), time.process_time()
        for _ in range(calls):
            ready[case]()
        times = time.perf_counter() - start, time.process_time() - start_cpu
        print(json.dumps([t / calls for t in times]), flush=True)


class Worker:
    """A process that runs one build."""

    def __init__(self, file: str):
        command = [sys.executable, "-c", LOAD, file, __file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def time(self, case: str, calls: int) -> tuple[float, float]:
        """Seconds of one call, by the clock and of the processor."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps((case, calls)) + "\n")
        self._process.stdin.flush()
        clock, processor = json.loads(self._process.stdout.readline())
        return clock, processor


def main() -> None:
    """Print a line a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("builds", nargs=2, help="OLD.so NEW.so")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--busy", action="store_true", help="compare the least processor times: for a busy machine")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args()
    old, new = (Worker(file) for file in options.builds)
    print(f"{'':45}{'old, us':>12}{'new, us':>12}   speed of new (old = 1), median (min-max)")
    for case in [name for name in CASES if options.only in name]:
        calls = max(1, int(0.05 / old.time(case, 1)[1]))
        new.time(case, 1)
        kind = 1 if options.busy else 0
        pairs = [(old.time(case, calls)[kind], new.time(case, calls)[kind]) for _ in range(options.rounds)]
        ratios = [before / after for before, after in pairs]
        middle = min if options.busy else statistics.median
        before, after = (middle(times) * 1e6 for times in zip(*pairs, strict=True))
        ratio = before / after if options.busy else statistics.median(ratios)
        print(f"{case:45}{before:12.1f}{after:12.1f}   {ratio:.2f} ({min(ratios):.2f}-{max(ratios):.2f})", flush=True)


if __name__ == "__main__":
    main()
