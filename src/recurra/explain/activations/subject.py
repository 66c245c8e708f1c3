"""A network, what it reads, and what could be followed in that."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from recurra.explain.recorded_calls import LayerCall, RecurrentCall
from recurra.explain.recording import Recorder
from recurra.explain.unrolled import named_values


@dataclass(frozen=True)
class Subject:
    """Sequences under a network, B of them, and what is known of their steps.

    Attributes:
        network: whose units.
        run: calls it on the sequences.
        layer: the recurrent layer that reads them; None takes the one that is called last.
        properties: by name of each sequence bools or numbers, (T,); NaN where one does not apply.
        symbols: of each sequence, where it is of symbols.
        series: of each sequence its numbers, (T, I), where it is of numbers.
        features: names of these.
        gap: between symbols in a picture.
    """

    network: nn.Module
    run: Callable[[], object]
    layer: nn.Module | None
    properties: dict[str, list[np.ndarray]]
    symbols: list[list[str]] = field(default_factory=list)
    series: list[np.ndarray] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    gap: int = 1


@dataclass(frozen=True)
class Recorded:
    """States and gates of a layer over sequences.

    Attributes:
        values: by name, such as "f_l0", of each sequence (T, H).
        states: which of the names are states.
    """

    values: dict[str, list[np.ndarray]]
    states: frozenset[str]


def recorded(subject: Subject) -> Recorded:
    """Run a network, and give the states and gates of the layer that reads the sequences.

    Raises:
        ValueError: that layer was not called.
    """
    with torch.no_grad(), Recorder(subject.network) as recorder:
        subject.run()
    calls = [call for call in recorder.calls if subject.layer is None or call.module is subject.layer]
    if not calls:
        raise ValueError("model: expected one that calls a recurrent layer, got one that calls none")
    call = calls[-1]
    lengths = [call.steps] * call.sequences if call.lengths is None else call.lengths.tolist()
    values = {}
    for name, value in named_values(call).items():
        if value.dim() == 3:  # of vectors: a state of another shape has no units
            array = value.float().cpu().numpy()  # (T, B, H)
            values[name] = [array[:length, number] for number, length in enumerate(lengths)]
    return Recorded(values, _states_of(call, frozenset(values)))


def _states_of(call: RecurrentCall, names: frozenset[str]) -> frozenset[str]:
    states = call.stack.state_names if isinstance(call, LayerCall) else tuple(call.states[0])
    return frozenset(name for name in names if name.split("_l")[0] in states)
