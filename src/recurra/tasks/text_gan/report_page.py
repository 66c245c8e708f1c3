"""The page of a report on made lines: the sentence, the curves, some lines, and a table of all scores."""

from collections.abc import Mapping, Sequence
from typing import Any

from recurra import figures
from recurra.figures.page import Section, Table, page
from recurra.metrics.intervals import interval
from recurra.tasks.text_gan.curves import Point

REAL = "real lines"
_NLL_CAPTION = "A point is a temperature of at most 1. Of two curves the lower one has better lines at equal NLL_test."
_BLEU_CAPTION = "Better lines are higher, more different ones further left. A perfect model would write real lines."
_INTERVALS = "Means over sets of drawn lines, and how far the ends of their 95% intervals are."
_TABLES = {
    "Quality and likeness": ("oracle", "bleu", "self_bleu"),
    "Diversity, and what is copied": ("distinct", "copied"),
}
"""The tables of a model, and how the names of their scores begin."""


def page_of(
    curves: Mapping[str, Sequence[Point]],
    sentence: str,
    quality: str,
    real: Mapping[str, float],
    examples: Mapping[str, Sequence[str]],
) -> str:
    """Make the page, in HTML.

    Args:
        curves: of each model by name, its points along the temperatures.
        sentence: that says what came of it.
        quality: name of what says how good lines are.
        real: scores of real lines.
        examples: lines, by where they are from.
    """
    sections = [Section("Conclusion", sentence, figures={"curves": (_nll_figure(curves, quality), _NLL_CAPTION)})]
    if "bleu_5" in real:
        sections.append(Section("Quality and diversity", figures={"bleu": (_bleu_figure(curves, real), _BLEU_CAPTION)}))
    lines = list[str]()
    for name, of_one in examples.items():
        lines += [f"{name}:", *(f"    {text}" for text in of_one), ""]
    sections.append(Section("Some lines", lines=lines))
    for name, points in curves.items():
        tables = [_table(title, beginnings, points, real) for title, beginnings in _TABLES.items()]
        sections.append(Section(f"Scores: {name}", lines=[_INTERVALS], tables=tables))
    return page("Made lines", sections)


def _nll_figure(curves: Mapping[str, Sequence[Point]], quality: str) -> Any:
    """The quality against NLL_test; above temperature 1 both are worse."""
    drawn = {}
    for name, points in curves.items():
        colder = [point for point in points if point.temperature <= 1]
        drawn[name] = ([point.nats for point in colder], [interval(point.quality).mean for point in colder])
    return figures.lines(drawn, "NLL_test, nats a symbol", quality, "Held-out lines against made lines")


def _bleu_figure(curves: Mapping[str, Sequence[Point]], real: Mapping[str, float]) -> Any:
    """BLEU-5 against self-BLEU-5 of each model, and of real lines."""
    drawn = {}
    for name, points in curves.items():
        likeness = [interval(point.scores["self_bleu_5"]).mean for point in points]
        drawn[name] = (likeness, [interval(point.scores["bleu_5"]).mean for point in points])
    return figures.lines(drawn | {REAL: ([real["self_bleu_5"]], [real["bleu_5"]])}, "self-BLEU-5", "BLEU-5")


def _table(title: str, beginnings: Sequence[str], points: Sequence[Point], real: Mapping[str, float]) -> Table:
    """A table of some scores at all temperatures; its first column has its title."""
    names = [name for name in points[0].scores if name.startswith(tuple(beginnings))]
    rows = [
        [f"temperature {point.temperature:g}", f"{point.nats:.4f}", *(_cell(point.scores[name]) for name in names)]
        for point in points
    ]
    rows.append([REAL, "", *(f"{real[name]:.3f}" if name in real else "" for name in names)])
    return Table([title, "NLL_test", *(name.replace("_", " ") for name in names)], rows)


def _cell(measurements: Sequence[float]) -> str:
    """A mean, and how far the ends of its interval are."""
    measured = interval(measurements)
    if measured.count == 1:
        return f"{measured.mean:.3f}"
    return f"{measured.mean:.3f} \N{PLUS-MINUS SIGN}{measured.high - measured.mean:.3f}"
