"""Whether a gradient that vanishes takes longer than one that does not: numbers below 1.2e-38 slow processors down.

Each layer goes forward and back over the same batch with gradients of the outputs of all steps, and with those of the
last step alone, which fade on the way back; in turn, round after round. The ratio of the medians is 1 where the kernels
take such numbers for 0.

    python benchmarks/vanishing_gradients.py [--steps 200] [--rounds 15]
"""

import argparse
import statistics
import time

import torch
from torch import Tensor, nn

import recurra

LAYERS = {
    f"{package.__name__}.{kind}": getattr(package, kind)
    for package in (recurra.nn, nn)
    for kind in ("RNN", "LSTM", "GRU")
}


def milliseconds(layer: nn.Module, x: Tensor, last_alone: bool) -> float:
    """Time of one pass forward and back."""
    began = time.perf_counter()
    outputs, _ = layer(x)
    value = outputs[-1].sum() if last_alone else outputs.sum()
    torch.autograd.grad(value, list(layer.parameters()))
    return 1e3 * (time.perf_counter() - began)


def main() -> None:
    """Print both times and their ratio for every layer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.rand(options.steps, 32, 2)
    print(f"{'layer, 64 units':20} {'all steps, ms':>14} {'last alone, ms':>15} {'ratio':>6}")
    for name, kind in LAYERS.items():
        layer = kind(2, 64)
        milliseconds(layer, x, True)
        times = [(milliseconds(layer, x, False), milliseconds(layer, x, True)) for _ in range(options.rounds)]
        of_all, of_last = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:20} {of_all:14.2f} {of_last:15.2f} {of_last / of_all:6.2f}")


if __name__ == "__main__":
    main()
