"""Our layers on a GPU beside torch.nn's there.

Each row's results are held against torch.nn's on the same GPU, and against our own kernels on the processor: where they
differ by more than the GPU's rounding the row says so.

    python benchmarks/gpu.py [--rounds 5] [--budget 1]
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from recurra.bench import grid, timing

PRECISION = 2e-2  # TF32 and other orders of sums, through 64 steps and back, relative to the largest number


def synchronised(call: Callable[[], list[Tensor]]) -> list[Tensor]:
    """Wait for the GPU, so that the clock sees what it computed."""
    results = call()
    torch.cuda.synchronize()
    return results


def forward(layer: nn.Module, x: Tensor) -> list[Tensor]:
    return [layer(x)[0]]


def moved(x: Tensor) -> Tensor:
    return x.detach().cuda().requires_grad_(x.requires_grad)


def compare(part: str, cell: str, size: grid.Size, options: argparse.Namespace) -> str:
    """One row: milliseconds of ours and of torch.nn's on the GPU, and how far our results are from the processor's."""
    job = grid.Job(part, cell, size, [1])
    here = grid.differentiate(job.ours, job.x, job.gradient) if job.training else forward(job.ours, job.x)
    x, gradient = moved(job.x), job.gradient.cuda()
    ways = []
    for layer in (job.ours.cuda(), job.plain.cuda()):
        call = partial(grid.differentiate, layer, x, gradient) if job.training else partial(forward, layer, x)
        ways.append(timing.Here(partial(synchronised, call), [torch.get_num_threads()], gradients=job.training))
    apart = timing.difference(here, [result.cpu() for result in ways[0].call()])
    ours, peers = timing.compare(ways[0], {"torch.nn": ways[1]}, budget=options.budget, rounds=options.rounds)
    theirs = peers["torch.nn"]
    ratio = theirs if isinstance(theirs, str) else f"{theirs.seconds * 1e3:8.2f} {theirs.seconds / ours.seconds:6.2f}"
    shown = "" if apart < PRECISION else "  NOT THE PROCESSOR'S RESULTS"
    return f"{ours.seconds * 1e3:8.2f} {ratio}   from the processor's: {apart:.1e}{shown}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=1.0, help="seconds for each row")
    options = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        raise SystemExit("there is no GPU here")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}; ms of ours and torch.nn's, and their ratio")
    for part in grid.PARTS:
        for cell in grid.CELLS:
            for size in grid.GRID:
                print(f"{part:9} {cell:5} {size.batch:4} {size.steps} {size.hidden:5}", end=" ")
                print(compare(part, cell, size, options), flush=True)


if __name__ == "__main__":
    main()
