"""How good made lines are, beside real ones and beside those of the likelihood model of the same network.

At a lower temperature any language model writes better lines, and fewer different ones; so one number alone says
nothing. Both generators are measured at the same temperatures, and compared where held-out lines are equally likely to
both (Caccia et al., 2020, "Language GANs Falling Short"), and of lines of text where these are equally alike.
"""

from collections.abc import Sequence
from typing import Any

from recurra.figures.page import Table
from recurra.metrics.intervals import interval
from recurra.tasks.text_gan.comparison import Comparison, compare, conclusion, interpolated, quality_curve
from recurra.tasks.text_gan.curves import Judge, Point
from recurra.tasks.text_gan.data import EncodedLines
from recurra.tasks.text_gan.line_model import Allowed
from recurra.tasks.text_gan.network import TextGANNetwork
from recurra.tasks.text_gan.report_page import REAL, page_of
from recurra.tasks.text_gan.symbols import LineSymbols
from recurra.training.sampler import SampleReport

TEMPERATURES = (0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)
SEEDS = 5  # of what is drawn
EXAMPLE_TEMPERATURES = (0.7, 1.0)  # at which some lines are shown
_LIMITS = (8.0, 8.5)  # of NLL_test, at which figures of the oracle are published
_SUMMARY = ("oracle_nats", "bleu_2", "bleu_5", "self_bleu_5", "distinct_2", "copied_5", "copied_whole")  # printed
GAN, LIKELIHOOD = "after the game", "likelihood model"


def scores_at_one(network: TextGANNetwork, lines: EncodedLines, symbols: LineSymbols, seed: int) -> dict[str, Any]:
    """Score held-out lines, and lines that are drawn at temperature 1."""
    point = Judge(lines, lines, symbols, None).point(network.line_model(symbols.steps), 1.0, [seed])
    measured = {name: values[0] for name, values in point.scores.items() if "copied" not in name}
    return {"nats_per_symbol": point.nats} | measured | {"lines": len(lines)}


def report(
    network: TextGANNetwork,
    learnt: EncodedLines,
    held_out: EncodedLines,
    symbols: LineSymbols,
    seed: int,
    allowed: Allowed | None,
) -> SampleReport:
    """Measure both generators at all temperatures; see `Sampler.report`.

    Args:
        network: both generators.
        learnt, held_out: lines.
        symbols: of both.
        seed: the first of those that lines are drawn with.
        allowed: what may be written.
    """
    judge = Judge(learnt, held_out, symbols, allowed)
    models = {LIKELIHOOD: network.likelihood_model(symbols.steps)}
    if network.has_begun_game:
        models = {GAN: network.line_model(symbols.steps)} | models
    seeds = range(seed, seed + SEEDS)
    network.eval()
    curves = {
        name: [judge.point(model, temperature, seeds) for temperature in TEMPERATURES] for name, model in models.items()
    }
    quality = "NLL_oracle" if held_out.oracle is not None else "1 - BLEU-5"
    comparison = compare(curves[GAN], curves[LIKELIHOOD]) if GAN in curves else None
    sentence = conclusion(comparison, quality)
    real = judge.real()
    scores = _scores(curves, comparison, real, held_out.oracle is not None)
    examples = {REAL: judge.real_examples()}
    for name, model in models.items():
        for temperature in EXAMPLE_TEMPERATURES:
            examples[f"{name}, temperature {temperature:g}"] = judge.examples(model, temperature, seed)
    return SampleReport(scores, sentence, page_of(curves, sentence, quality, real, examples), _summary(curves, real))


def _scores(
    curves: dict[str, list[Point]], comparison: Comparison | None, real: dict[str, float], has_oracle: bool
) -> dict[str, Any]:
    """All numbers, as JSON holds them."""
    scores: dict[str, Any] = {}
    for name, points in curves.items():
        key = "gan" if name == GAN else "likelihood"
        if has_oracle:
            for limit in _LIMITS:
                scores[f"{key}_lowest_oracle_nats_at_test_nats_{limit:g}"] = lowest(points, limit)
        (at_one,) = (point for point in points if point.temperature == 1)
        scores[f"{key}_nats_per_symbol"] = at_one.nats
        if not has_oracle:
            scores |= {f"{key}_{name}": interval(at_one.scores[name]).mean for name in ("bleu_5", "self_bleu_5")}
        scores[f"{key}_curve"] = {f"{point.temperature:g}": _point(point) for point in points}
    scores["real_lines"] = real
    if comparison is not None and comparison.quality_difference is not None:
        scores["difference_at_equal_test_nats"] = comparison.quality_difference.to_json()
    if comparison is not None and comparison.bleu_gain is not None:
        scores["bleu_5_gain_at_equal_self_bleu_5"] = comparison.bleu_gain.to_json()
    return scores


def _summary(curves: dict[str, list[Point]], real: dict[str, float]) -> Table:
    """The scores of both generators at temperature 1, beside real lines, and what the oracle thinks of them."""
    at_one = {name: next(point for point in points if point.temperature == 1) for name, points in curves.items()}
    rows = [["NLL_test", *(f"{point.nats:.4f}" for point in at_one.values()), ""]]
    for key in next(iter(at_one.values())).scores:
        if key in _SUMMARY:
            means = [f"{interval(point.scores[key]).mean:.4f}" for point in at_one.values()]
            rows.append([key.replace("_", " "), *means, f"{real[key]:.4f}" if key in real else ""])
    if "oracle_nats" in next(iter(at_one.values())).scores:
        for limit in _LIMITS:
            values = [lowest(points, limit) for points in curves.values()]
            cells = ["" if value is None else f"{value:.4f}" for value in values]
            rows.append([f"lowest NLL_oracle where NLL_test <= {limit:g}", *cells, ""])
    return Table(["at temperature 1", *at_one, "real lines"], rows)


def _point(point: Point) -> dict[str, Any]:
    return {"test_nats": point.nats} | {name: interval(values).mean for name, values in point.scores.items()}


def lowest(points: Sequence[Point], limit: float) -> float | None:
    """Give the lowest quality, a mean over seeds, where NLL_test is at most a limit; None where it never is.

    Between two temperatures it is interpolated.
    """
    within = [interval(point.quality).mean for point in points if point.nats <= limit]
    at_limit = [interpolated(quality_curve(points, seed), limit) for seed in range(len(points[0].quality))]
    reached = [value for value in at_limit if value is not None]
    if len(reached) == len(at_limit):
        within.append(sum(reached) / len(reached))
    return min(within, default=None)
