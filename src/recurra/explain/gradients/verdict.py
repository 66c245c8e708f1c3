"""What the gradients of a layer say, in one word, with why and what to try."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from recurra.explain.gradients.half_life import told
from recurra.explain.gradients.layer_gradients import LayerGradients
from recurra.explain.gradients.saturation import DEAD

HEALTHY, VANISHING, EXPLODING, SATURATED, NOT_FINITE = "healthy", "vanishing", "exploding", "saturated", "not finite"

_ORDER = (NOT_FINITE, EXPLODING, SATURATED, VANISHING, HEALTHY)  # the gravest first

_VANISHES = 1e-3  # of a gradient left at the largest distance
_EXPLODES = 100.0  # times a gradient at any distance
_SATURATED_STATES = 0.5  # share of the time
_SATURATED_GATES = 0.6  # the same, as the mean over a layer's gates: an open forget gate alone is no fault
_DEAD = 0.5  # share of the units


@dataclass(frozen=True)
class Verdict:
    """A verdict on one layer, or on a whole model.

    Attributes:
        word: "healthy", "vanishing", "exploding", "saturated" or "not finite".
        why: the numbers that led to it, in one sentence without its end.
    """

    word: str
    why: str


def judge(layer: LayerGradients) -> Verdict:
    """Judge one layer by what was measured of it."""
    if any(not math.isfinite(norm) for norms in layer.by_step.values() for norm in norms):
        return Verdict(NOT_FINITE, "its gradients are not finite")
    fading = layer.fading
    back = len(fading.ratios) - 1
    if fading.largest > _EXPLODES:
        return Verdict(EXPLODING, f"a gradient grows {_times(fading.largest)} on its way {_steps(back)} back")
    saturated = _saturated(layer)
    if saturated is not None:
        return Verdict(SATURATED, saturated)
    if fading.farthest < _VANISHES:
        return Verdict(VANISHING, told(fading))
    return Verdict(HEALTHY, told(fading))


def _saturated(layer: LayerGradients) -> str | None:
    """Why a layer is saturated; None where it is not."""
    if layer.saturated.get(DEAD, 0.0) > _DEAD:
        return f"{layer.saturated[DEAD]:.0%} of the units are dead: zero at every step"
    if "h" in layer.saturated:
        share = layer.saturated["h"]
        return f"h is beyond 0.97 {share:.0%} of the time, where tanh is flat" if share > _SATURATED_STATES else None
    gates = {name: share for name, share in layer.saturated.items() if name != DEAD}
    if gates and sum(gates.values()) / len(gates) > _SATURATED_GATES:
        named = ", ".join(f"{name} {share:.0%}" for name, share in gates.items())
        return f"its gates are saturated for so much of the time: {named}"
    return None


def gravest(layers: Sequence[LayerGradients]) -> int:
    """Which of some layers has the gravest verdict, and of these the least gradient left, or the most: its position."""
    ranks = []
    for layer in layers:
        word = judge(layer).word
        ranks.append((_ORDER.index(word), -layer.fading.largest if word == EXPLODING else layer.fading.farthest))
    return ranks.index(min(ranks))


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _times(factor: float) -> str:
    return "without bound" if math.isinf(factor) else f"{factor:.3g} times"
