"""What a layer keeps of every step for the backward pass, beside torch.nn: numbers of 4 bytes, per unit and row.

Each layer runs forward, with gradients, in a process of its own; what counts is how much its resident memory grows, the
output included.

    python benchmarks/kept_memory.py [--hidden-size 512] [--batch 32] [--steps 512]
"""

import argparse
import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch

from recurra.bench import grid


def resident() -> int:
    """Bytes of this process in memory."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024


def kept(cell: str, ours: bool, hidden: int, batch: int, steps: int) -> float:
    """Numbers kept per unit and row by one layer."""
    layer = grid.pair(cell, hidden)[0 if ours else 1]
    layer(torch.randn(4, batch, hidden, requires_grad=True))[0].sum().backward()  # what the first call brings in
    x = torch.randn(steps, batch, hidden, requires_grad=True)
    before = resident()
    output = layer(x)[0]
    grown = resident() - before
    return grown / 4 / output.numel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden-size", type=int, default=512)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=512)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    print(f"H = I = {options.hidden_size}, B = {options.batch}, T = {options.steps}; numbers kept per unit and row")
    for cell in grid.CELLS:
        found = []
        for ours in (True, False):
            with ProcessPoolExecutor(1, context) as process:
                sizes = options.hidden_size, options.batch, options.steps
                found.append(process.submit(kept, cell, ours, *sizes).result())
        print(f"{cell:6}Recurra {found[0]:5.2f}   torch.nn {found[1]:5.2f}")


if __name__ == "__main__":
    main()
