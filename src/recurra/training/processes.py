"""The processes that train one network together, each with its share of every batch, and the device that each uses.

`torchrun` starts them and tells each in its environment which it is; without such an environment there is one. They
meet over gloo on processors, over nccl on GPUs. Gradients are added up here, in one piece and always in the same order,
so that a training that was interrupted ends with the same bits.
"""

import atexit
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from recurra.errors import DataError
from recurra.training import network_interface

_PATIENCE = timedelta(minutes=30)  # for a process that is late, because it reads data or evaluates on a slower machine


def launched() -> bool:
    """Whether this process is one of several that a launcher started."""
    return "RANK" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def rank() -> int:
    """Number of this process, from 0."""
    return int(os.environ.get("RANK", "0")) if launched() else 0


def on_this_machine() -> int:
    """Number of the processes that were launched together on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if launched() else 1


@dataclass(frozen=True)
class Processes:
    """This process among those that train together.

    rank: its number, from 0; number 0 writes files and reports. count: how many there are. device: where it computes.
    """

    rank: int
    count: int
    device: torch.device

    @property
    def main(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    @property
    def alone(self) -> bool:
        """Whether there is no other."""
        return self.count == 1

    def seed(self, seed: int) -> int:
        """Seed of this process's random numbers; of the first, the seed itself."""
        return seed if self.main else int(np.random.SeedSequence([seed, self.rank]).generate_state(1)[0])

    def any(self, *wishes: bool) -> list[bool]:
        """Whether any process has each wish, so that all do the same at the same step."""
        if self.alone:
            return list(wishes)
        votes = torch.tensor([float(wish) for wish in wishes], device=self.device)
        dist.all_reduce(votes)
        return [bool(count > 0) for count in votes.tolist()]

    def gather(self, value: Any) -> list[Any]:
        """Give the values of all processes, by their number."""
        if self.alone:
            return [value]
        values: list[Any] = [None] * self.count
        dist.all_gather_object(values, value)
        return values

    def from_main(self, value: Any) -> Any:
        """Give the value that process 0 has."""
        if self.alone:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0)
        return values[0]

    def copy_from_main(self, network: nn.Module) -> None:
        """Give all processes the weights that process 0 has."""
        if not self.alone:
            for value in network.state_dict().values():
                dist.broadcast(value, src=0)

    def average(self, loss: Tensor, parameters: Sequence[nn.Parameter], weight: float) -> float:
        """Average gradients and loss over the processes, as if one process had seen the whole batch.

        Args:
            loss: of this process's share.
            parameters: their gradients are replaced.
            weight: what the loss is a mean over, such as a number of words; shares need not be equal.

        Returns:
            The loss of the whole batch.
        """
        if self.alone:
            return float(loss.detach())
        sizes = [p.numel() for p in parameters]
        flat = torch.zeros(sum(sizes) + 2, device=self.device)
        parts = torch.split(flat[:-2], sizes)
        if weight:  # else the share holds nothing that counts, and its mean is no number
            for parameter, part in zip(parameters, parts, strict=True):
                if parameter.grad is not None:
                    part.copy_(parameter.grad.flatten())
            flat[-2], flat[-1] = loss.detach(), 1.0
            flat *= weight
        dist.all_reduce(flat)
        flat[:-1] /= flat[-1].clone()
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter).clone()
        return float(flat[-2])


def join(device: str) -> Processes:
    """Find out which process this is, and meet the others where there are any.

    Args:
        device: "auto" takes a GPU where there is one; "cpu" takes none.

    Raises:
        DataError: there are more processes on this machine than GPUs; or the others cannot be reached.
    """
    gpu = torch.accelerator.current_accelerator(check_available=True) if device == "auto" else None
    if not launched():
        return Processes(0, 1, torch.device("cpu") if gpu is None else gpu)
    place = torch.device("cpu")
    if gpu is not None and gpu.type == "cuda":  # nccl knows no other
        place = _own_gpu()
    if not dist.is_initialized():
        _choose_network()
        try:
            dist.init_process_group("nccl" if place.type == "cuda" else "gloo", timeout=_PATIENCE)
        except (ValueError, RuntimeError, dist.DistError) as error:
            raise DataError(
                f"expected processes that torchrun started and that reach each other, got: {error}"
            ) from None
        atexit.register(_leave)
    return Processes(dist.get_rank(), dist.get_world_size(), place)


def _own_gpu() -> torch.device:
    number = int(os.environ.get("LOCAL_RANK", "0"))
    count = torch.cuda.device_count()
    if number >= count:
        raise DataError(f"expected at most {count} processes, one a GPU, got {on_this_machine()}; or --device cpu")
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


def _choose_network() -> None:
    """Let gloo meet over the network that leads to the first machine.

    By itself it takes that of the machine's name, which on many machines is the loopback.
    """
    address = os.environ.get("MASTER_ADDR", "")
    if int(os.environ.get("GROUP_WORLD_SIZE", "1")) > 1 and "GLOO_SOCKET_IFNAME" not in os.environ:
        name = network_interface.interface_towards(address)
        if name:
            os.environ["GLOO_SOCKET_IFNAME"] = name


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def threads_of_one() -> int:
    """Processor threads for each of several processes on this machine, so that all cores are at work; 0 for one alone.

    torchrun gives each process one thread where `OMP_NUM_THREADS` does not say otherwise.
    """
    together = on_this_machine()
    if together == 1 or os.environ.get("OMP_NUM_THREADS", "1") != "1":
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // together)
