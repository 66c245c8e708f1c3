"""The generator after the game beside its own likelihood model, where both are equally close to real lines in one way.

A temperature trades quality for diversity, so two generators are compared along curves of temperatures and not at one:
where held-out lines are equally likely to both (NLL_test: Caccia et al., 2020), and where made lines are equally alike
(self-BLEU: Zhu et al., 2018).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from recurra.metrics.intervals import Interval, interval
from recurra.tasks.text_gan.curves import Point

_LEVELS = 9  # at which two curves are compared

Curve = list[tuple[float, float]]
"""Places along an axis, in their order, and heights there."""


@dataclass(frozen=True)
class Comparison:
    """How the generator after the game differs from its likelihood model, with intervals over sets of drawn lines.

    Attributes:
        quality_difference: of the quality at equal NLL_test, less than 0 where the game has helped; None where no
            NLL_test is reached by both.
        bleu_gain: of BLEU-5 at equal self-BLEU-5, as a share of the likelihood model's, more than 0 where the game has
            helped; None where no self-BLEU-5 is reached by both, or where lines have no BLEU.
    """

    quality_difference: Interval | None
    bleu_gain: Interval | None


def compare(gan: Sequence[Point], likelihood: Sequence[Point]) -> Comparison:
    """Compare two generators along the temperatures that both were measured at."""
    difference = _mean_over_levels(gan, likelihood, quality_curve, lambda after, before: after - before)
    if "bleu_5" not in gan[0].scores:
        return Comparison(difference, None)
    return Comparison(difference, _mean_over_levels(gan, likelihood, _bleu_curve, _gain))


def quality_curve(points: Sequence[Point], seed: int) -> Curve:
    """The quality over NLL_test, of the lines drawn by one seed; above temperature 1 NLL_test rises again."""
    return sorted((point.nats, point.quality[seed]) for point in points if point.temperature <= 1)


def _bleu_curve(points: Sequence[Point], seed: int) -> Curve:
    """BLEU-5 over self-BLEU-5, of the lines drawn by one seed."""
    return sorted((point.scores["self_bleu_5"][seed], point.scores["bleu_5"][seed]) for point in points)


def _gain(after: float, before: float) -> float:
    return after / max(before, 1e-12) - 1


def _mean_over_levels(
    gan: Sequence[Point],
    likelihood: Sequence[Point],
    curve: Callable[[Sequence[Point], int], Curve],
    difference: Callable[[float, float], float],
) -> Interval | None:
    """Take the mean difference over the part of the axis that both curves reach, seed by seed; None where none does."""
    means = []
    for seed in range(len(gan[0].quality)):
        after, before = curve(gan, seed), curve(likelihood, seed)
        low, high = max(after[0][0], before[0][0]), min(after[-1][0], before[-1][0])
        if low >= high:
            return None
        levels = [low + (high - low) * step / (_LEVELS - 1) for step in range(_LEVELS)]
        heights = [(interpolated(after, level), interpolated(before, level)) for level in levels]
        differences = [difference(a, b) for a, b in heights if a is not None and b is not None]
        means.append(sum(differences) / len(differences))
    return interval(means)


def interpolated(curve: Curve, place: float) -> float | None:
    """Give the height of a curve at a place, on the straight line between two points; None beyond its ends."""
    for (low, height), (high, next_height) in pairwise(curve):
        if low <= place <= high:
            share = (place - low) / max(high - low, 1e-12)
            return height + share * (next_height - height)
    return None


def conclusion(comparison: Comparison | None, quality: str) -> str:
    """Say whether the game has helped.

    Args:
        comparison: None where no game took place.
        quality: what it is measured by.
    """
    if comparison is None:
        return "There is nothing to compare: no adversarial training took place."
    sentences = [_on_likelihood(comparison.quality_difference, quality)]
    if comparison.bleu_gain is not None:
        sentences.append(_on_bleu(comparison.bleu_gain))
    if comparison.quality_difference is not None or comparison.bleu_gain is not None:
        sentences.append(
            "Intervals are over sets of lines drawn from this one training; others may come out otherwise."
        )
    return " ".join(sentences)


def _on_likelihood(difference: Interval | None, quality: str) -> str:
    if difference is None:
        return "There is nothing to compare at equal NLL_test: no NLL_test is reached by both generators."
    verdict = "beats" if difference.high < 0 else "does not beat"
    ends = f"95% interval {difference.low:+.4f} to {difference.high:+.4f} over {difference.count} sets"
    return (
        f"The generator after the adversarial training {verdict} its own likelihood model at equal NLL_test: {quality} "
        f"differs by {difference.mean:+.4f} ({ends}; below 0 is better)."
    )


def _on_bleu(gain: Interval) -> str:
    ends = f"{gain.low:+.1%} to {gain.high:+.1%} over {gain.count} sets"
    return f"At equal self-BLEU-5 its BLEU-5 differs by {gain.mean:+.1%} ({ends}; above 0 is better)."
