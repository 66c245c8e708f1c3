"""A linear-chain CRF beside pytorch-crf: loss with its gradients, and the best labels, in turn, round after round.

Both hold the same weights and must agree first. Each runs with as many threads as serve it best.

    python benchmarks/crf.py [--rounds 7] [--batch 32] [--steps 64] [--labels 45] [--threads 2]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
import torchcrf

from recurra.nn import CRF

_BURST = 0.1  # seconds


def seconds(call: Callable[[], Any], threads: int) -> float:
    """The median time of a call, repeated for a moment."""
    torch.set_num_threads(threads)
    times, end = [], time.perf_counter() + _BURST
    while not times or time.perf_counter() < end:
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def pair(options: argparse.Namespace) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Ours and theirs, for each piece of work."""
    ours, theirs = CRF(options.labels), torchcrf.CRF(options.labels, batch_first=True)
    with torch.no_grad():
        for name, weight in (
            ("transitions", "transitions"),
            ("start", "start_transitions"),
            ("end", "end_transitions"),
        ):
            getattr(theirs, weight).copy_(getattr(ours, name))
    scores = torch.randn(options.batch, options.steps, options.labels).requires_grad_()
    labels = torch.randint(options.labels, (options.batch, options.steps))
    lengths = torch.randint(options.steps // 2, options.steps + 1, (options.batch,)) if options.unequal else None
    mask = None if lengths is None else torch.arange(options.steps) < lengths.unsqueeze(-1)

    def grads(loss: torch.Tensor) -> list[torch.Tensor]:
        return list(torch.autograd.grad(loss, [scores, *ours.parameters(), *theirs.parameters()], allow_unused=True))

    def learn() -> list[torch.Tensor]:
        return grads(-ours(scores, labels, lengths).sum())

    def learn_theirs() -> list[torch.Tensor]:
        return grads(-theirs(scores, labels, mask))

    @torch.no_grad()
    def best() -> list[list[int]]:
        return ours.decode(scores, lengths)

    @torch.no_grad()
    def best_theirs() -> list[list[int]]:
        return theirs.decode(scores, mask)

    torch.testing.assert_close(learn()[0], learn_theirs()[0], rtol=1e-4, atol=1e-4)
    assert best() == [list(map(int, row)) for row in best_theirs()], "the best labels differ"
    return {"loss and gradients": (learn, learn_theirs), "best labels": (best, best_theirs)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("rounds", 7), ("batch", 32), ("steps", 64), ("labels", 45)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--unequal", action="store_true", help="lengths from half the steps to all")
    options = parser.parse_args()
    torch.manual_seed(1)
    size = f"B {options.batch}, T {options.steps}, K {options.labels}"
    print(
        f"linear-chain CRF, {size}{', unequal lengths' if options.unequal else ''}, at most {options.threads} threads"
    )
    print(f"{'':20}{'Recurra, ms':>14}{'pytorch-crf, ms':>17}{'ratio, median (min-max)':>26}")
    for name, ways in pair(options).items():
        counts = [min(range(1, options.threads + 1), key=lambda n, way=way: seconds(way, n)) for way in ways]
        rounds = [[seconds(way, count) for way, count in zip(ways, counts, strict=True)] for _ in range(options.rounds)]
        ratios = [theirs / ours for ours, theirs in rounds]
        ours, theirs = (1e3 * statistics.median(times) for times in zip(*rounds, strict=True))
        spread = f"{statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})"
        print(f"{name:20}{ours:14.3f}{theirs:17.2f}{spread:>26}")


if __name__ == "__main__":
    main()
