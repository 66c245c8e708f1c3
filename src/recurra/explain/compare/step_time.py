"""How long it takes to learn from one batch."""

import time

import torch

from recurra.explain.compare.network import ComparedNetwork
from recurra.tasks.classification.network import SequenceBatch
from recurra.training import threads
from recurra.training.data_module import DataModule

_ROUNDS = 15


@threads.put_back
def step_time(network: ComparedNetwork, batch: SequenceBatch) -> float:
    """Time of a batch forward and backward on one thread, in seconds: the least of several rounds.

    It is the time that the processor spends on it, so that other programs on the machine count little; the least, since
    they take from caches and, where threads share a core, from that.

    Args:
        network: whose weights and gradients stay as they are.
        batch: as it learns from.
    """
    threads.use(1)  # the clock sees the thread that calls, and nothing of what others would do for it
    parameters = list(network.parameters())
    times = []
    for _ in range(_ROUNDS):
        began = time.thread_time()
        loss, _ = network.loss(batch)
        torch.autograd.grad(loss, parameters, allow_unused=True)
        times.append(time.thread_time() - began)
    return min(times)


def first_batch(data: DataModule) -> SequenceBatch:
    """The batch that a training begins with."""
    batch = next(data.batches(0, 0, 0, 1))
    assert isinstance(batch, SequenceBatch)
    return batch
