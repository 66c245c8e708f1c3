"""A network whose memory is measured: what it answers, what it reads, and the states from which that is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from recurra.explain.memory.outcomes import Outcomes
from recurra.explain.recorded_calls import LayerCall
from recurra.explain.recording import Recorder
from recurra.nn.device import device_of
from recurra.nn.generators import seeded
from recurra.training.task import Task

T = TypeVar("T")


@dataclass(frozen=True)
class Subject:
    """A network, and the data on which its memory is measured.

    Attributes:
        network: whose memory.
        outcomes: what it answers.
        read: what it reads at each step, of each sequence: symbols (T,), or numbers (T, I).
        states: of a network of these settings its states after each step, of each sequence, (T, H).
        untrained: makes such a network that has learnt nothing.
        step: what a step is called.
    """

    network: nn.Module
    outcomes: Outcomes
    read: list[np.ndarray]
    states: Callable[[nn.Module], list[np.ndarray]]
    untrained: Callable[[], nn.Module]
    step: str = "step"


def drawn(positions: Sequence[T], count: int, rng: np.random.Generator) -> list[T]:
    """Draw so many of some positions, in their order; all where there are no more."""
    chosen = np.sort(rng.permutation(len(positions))[:count])
    return [positions[i] for i in chosen]


def untrained_network(task: Task[Any, Any]) -> nn.Module:
    """Build a network of the settings of a fitted task that has learnt nothing, as its training began.

    How numbers are standardized, and the like, is taken over.
    """
    network: nn.Module = task._fitted()
    with seeded(task.config.seed):
        built: nn.Module = task._build()
    built.load_state_dict(dict(network.named_buffers()), strict=False)
    return built.to(device_of(network)).eval()


def last_states(network: nn.Module, run: Callable[[], object], layer: nn.Module | None = None) -> list[np.ndarray]:
    """Give the outputs of a recurrent layer, its highest if it is a stack, in one call of a network.

    Args:
        network: that is called.
        run: calls it.
        layer: whose outputs; None takes the recurrent layer that was called last.

    Returns:
        Of each sequence (T, H), without padding.

    Raises:
        ValueError: no such layer was called; or the network has none.
    """
    with torch.no_grad(), Recorder(network) as recorder:
        run()
    calls = [call for call in recorder.calls if layer is None or call.module is layer]
    if not calls:
        raise ValueError("model: expected one that calls a recurrent layer, got one that calls none")
    call = calls[-1]
    if not isinstance(call, LayerCall):
        steps = torch.stack([step["h"].detach() for step in call.states])  # (T, B, H), or (T, H)
        return list((steps if steps.dim() == 3 else steps.unsqueeze(1)).transpose(0, 1).cpu().numpy())
    same = [other.output for other in calls if isinstance(other, LayerCall) and other.module is call.module]
    whole = torch.cat(same).cpu().numpy()  # (T, B, H); of a layer that is called step by step, all of its steps
    lengths = [len(whole)] * call.sequences if call.lengths is None or len(same) > 1 else call.lengths.tolist()
    return [whole[:length, number] for number, length in enumerate(lengths)]
