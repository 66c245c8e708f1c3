"""What was measured of the gradients of one recurrent layer in one direction."""

from dataclasses import dataclass, field
from typing import Any

from recurra.explain.gradients.half_life import Fading


@dataclass(frozen=True)
class SingularValues:
    """Of the Jacobian of the state, d s_t / d s_{t-1}, along one sequence; s is all that a layer carries on.

    Attributes:
        steps: t of each, from 0, in the order of time.
        largest, median, smallest: singular values at each of these steps.
    """

    steps: list[int]
    largest: list[float]
    median: list[float]
    smallest: list[float]


@dataclass(frozen=True)
class LayerGradients:
    """What was measured of one layer and direction.

    Attributes:
        name: of the layer, with its number and direction where there are several.
        kind: of its cell, such as "LSTM".
        by_step: by the name of a state the norm of its gradient after each step, in the order of time, as the mean over
            the sequences that have this step.
        fading: of the gradient with distance from the last step of each sequence.
        singular_values: along the sequence; None where none could be found.
        saturated: share of the time that a gate or state is saturated, by name.
        error: how far the outputs that were recorded are from those that the measurement found.
    """

    name: str
    kind: str
    by_step: dict[str, list[float]]
    fading: Fading
    singular_values: SingularValues | None
    saturated: dict[str, float] = field(default_factory=dict)
    error: float = 0.0

    def numbers(self) -> dict[str, Any]:
        """All of it, for JSON."""
        values = self.singular_values
        return {
            "layer": self.name,
            "kind": self.kind,
            "gradient_norm_by_step": self.by_step,
            "gradient_by_distance": self.fading.ratios,
            "half_distance": self.fading.half_distance,
            "half_life": self.fading.half_life,
            "rate": self.fading.rate,
            "reach": self.fading.reach,
            "singular_values": None if values is None else vars(values),
            "saturated": self.saturated,
        }
