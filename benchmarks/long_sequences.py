"""Memory of training on a very long sequence, with and without `checkpoint_every`, each in a process of its own."""

import argparse
import resource
import subprocess
import sys
import time

import torch

from recurra.nn import GRU, LSTM, RNN

LAYERS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


def train(kind: str, steps: int, every: int, threads: int) -> str:
    """One step of training; the peak of the process's memory and the time."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layer = LAYERS[kind](256, 256, checkpoint_every=every)
    x = torch.randn(steps, 4, 256)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    y, _ = layer(x)
    y.backward(torch.ones_like(y))  # what a loss would hand down; the loss's own memory is not the layer's
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = f"{peak / 2**20:6.2f} GiB in all, {before / 2**20:.2f} before"
    return f"{kind:5} checkpoint_every {every:6} {memory}, {seconds:6.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", nargs=2, metavar=("KIND", "EVERY"), help="measure in this process")
    options = parser.parse_args()
    if options.one:
        print(train(options.one[0], options.steps, int(options.one[1]), options.threads))
        return
    print(f"T {options.steps}, B 4, I = H = 256, torch {torch.__version__}, {options.threads} threads")
    for kind in LAYERS:
        for every in (0, 1000):
            command = [sys.executable, __file__, "--one", kind, str(every)]
            subprocess.run([*command, "--steps", str(options.steps), "--threads", str(options.threads)], check=True)


if __name__ == "__main__":
    main()
