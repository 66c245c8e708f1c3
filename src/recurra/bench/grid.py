"""The layers that are compared: cells and sizes, the same weights and input for all, forward and with gradients."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

import recurra.nn
from recurra.bench import timing
from recurra.bench.peak import Peak
from recurra.bench.report import Row

CELLS = {"RNN": 1, "GRU": 3, "LSTM": 4}
"""Names of the layers, and how many blocks of rows their weights have."""

PARTS = {"forward": "Forward", "training": "Forward and backward: gradients of the input and all weights"}


class Size(NamedTuple):
    """Sequences, steps of each, and units, which are also the features of a step."""

    batch: int
    steps: int
    hidden: int


GRID = (
    Size(1, 64, 128),
    Size(1, 64, 512),
    Size(32, 64, 128),
    Size(32, 64, 512),
    Size(64, 128, 256),
    Size(128, 64, 1024),
)
QUICK = (GRID[0], GRID[2])


def operations(cell: str, size: Size, training: bool) -> float:
    """Additions and multiplications of the matrix products; with gradients there are three products for each one."""
    return 2.0 * CELLS[cell] * size.hidden * 2 * size.hidden * size.batch * size.steps * (3 if training else 1)


def pair(cell: str, hidden: int) -> tuple[nn.Module, nn.Module]:
    """Make our layer and that of torch.nn, with the same weights.

    The recurrent biases are zero, because some peers have one bias only.
    """
    plain: nn.Module = getattr(nn, cell)(hidden, hidden)
    ours: nn.Module = getattr(recurra.nn, cell)(hidden, hidden)
    nn.init.zeros_(plain.get_parameter("bias_hh_l0"))
    ours.load_state_dict(plain.state_dict())
    return ours, plain


def weights(layer: nn.Module) -> dict[str, Tensor]:
    """Name the weights of a layer as those of a cell: "weight_ih", ..."""
    return {name.removesuffix("_l0"): weight for name, weight in layer.named_parameters()}


class Job:
    """The work of one row: our layer, that of torch.nn, what both read, and the gradient given.

    Args:
        part: "forward" or "training".
        cell: a name in `CELLS`.
        size: of input and layer.
        threads: numbers of threads to try.
    """

    def __init__(self, part: str, cell: str, size: Size, threads: Sequence[int]):
        self.part, self.cell, self.size, self.threads = part, cell, size, threads
        self.training = part == "training"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            self.ours, self.plain = pair(cell, size.hidden)
            self.x = torch.randn(size.steps, size.batch, size.hidden, requires_grad=self.training)  # (T, B, I)
            self.gradient = torch.randn(size.steps, size.batch, size.hidden)  # of the outputs, (T, B, H)

    def way(self, layer: nn.Module) -> timing.Here:
        """How a layer of torch does it."""
        call = partial(differentiate, layer, self.x, self.gradient) if self.training else partial(layer, self.x)
        read = list if self.training else _first
        return timing.Here(call, self.threads, gradients=self.training, read=read)

    def tensors(self) -> dict[str, Tensor]:
        """What a peer in another process needs."""
        return {"x": self.x, "gradient": self.gradient} | weights(self.plain)


def differentiate(layer: nn.Module, x: Tensor, gradient: Tensor) -> list[Tensor]:
    """Run a layer forward and backward; give the outputs and the gradients of the input and of each weight."""
    output = layer(x)[0]
    return [output, *torch.autograd.grad(output, [x, *layer.parameters()], gradient)]


def _first(result: Any) -> list[Tensor]:
    return [result[0]]


def compare(job: Job, peers: Mapping[str, timing.Way], peak: Peak, *, budget: float, rounds: int) -> Row:
    """Time our layer, that of torch.nn, further peers and the peak of the machine, in turn."""
    ways = {"torch.nn": job.way(job.plain), **peers}
    ours, theirs = timing.compare(job.way(job.ours), ways, budget=budget, rounds=rounds, between=peak.measure)
    case: dict[str, str | int] = {"cell": job.cell, "B": job.size.batch, "T": job.size.steps, "H": job.size.hidden}
    row = Row(case, ours, theirs, operations(job.cell, job.size, job.training))
    peak.reached(row.gflops)
    return row
