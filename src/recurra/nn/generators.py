"""Which random generators the layers draw from: torch's, which a whole process shares, or a training's own.

A training that draws from generators of its own is repeatable whatever other threads do, and disturbs nobody: what
`torch.rand` gives after it is what it would have given without it.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor

_thread = threading.local()
_seeding = threading.RLock()
_CPU = torch.device("cpu")


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
def seeded(seed: int, device: torch.device = _CPU) -> Iterator[None]:
    """Seed torch's generators for the CPU and a device inside the block, and put them back after it.

    Weights are drawn from that of the CPU as layers are built, and torch has but one: a second thread waits until the
    first has left its block. Threads that draw from it without such a block are not held up.
    """
    with _seeding, forked(device):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            torch.cuda.default_generators[device.index].manual_seed(seed)
        yield


def forked(device: torch.device) -> AbstractContextManager[None]:
    """Put torch's generators for the CPU and a device back after the block."""
    return torch.random.fork_rng([device] if device.type == "cuda" else [])


def random_states(device: torch.device) -> list[Tensor]:
    """Give the states of torch's generators for the CPU and a device, which `set_random_states` takes."""
    states = [torch.get_rng_state()]
    return [*states, torch.cuda.get_rng_state(device)] if device.type == "cuda" else states


def set_random_states(states: Sequence[Tensor], device: torch.device) -> None:
    """Put torch's generators for the CPU and a device to states that `random_states` gave."""
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
