"""Which random generators the layers draw from: torch's, which a whole process shares, or a training's own.

A training that draws from generators of its own is repeatable whatever other threads do, and disturbs nobody: what
`torch.rand` gives after it is what it would have given without it.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

_thread = threading.local()
_seeding = threading.RLock()


def generator_for(x: Tensor) -> torch.Generator | None:
    """Give the generator to draw numbers for `x` from; None stands for torch's own."""
    if torch.compiler.is_compiling():
        return None
    generators: Mapping[str, torch.Generator] | None = getattr(_thread, "generators", None)
    return None if generators is None else generators.get(x.device.type)


@contextmanager
def drawing_from(generators: Mapping[str, torch.Generator]) -> Iterator[None]:
    """Let the layers draw from these generators, by type of device, in this thread and inside the block."""
    before = getattr(_thread, "generators", None)
    _thread.generators = generators
    try:
        yield
    finally:
        _thread.generators = before


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's generator for the CPU inside the block, and put it back after it.

    Weights are drawn from that generator as layers are built, and torch has but one: a second thread waits until the
    first has left its block. Threads that draw from it without such a block are not held up.
    """
    with _seeding, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
