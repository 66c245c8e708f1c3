"""Scores as tables for people."""

from collections.abc import Iterator
from typing import Any

from recurra.cli import output
from recurra.data.files.control_characters import cell
from recurra.metrics import confusion


def print_scores(scores: dict[str, Any]) -> None:
    """Print scores by name, by type of span, and the confusion; or those of each column of labels."""
    output.write("\n".join(_lines(dict(scores))), end="\n")


def print_side_by_side(by_way: dict[str, dict[str, Any]]) -> None:
    """Print scores that were taken in several ways: numbers side by side, and of each way what else it has."""
    names = [name for name, value in next(iter(by_way.values())).items() if isinstance(value, int | float)]
    width = max(map(len, names), default=0)
    lines = ["  ".join([" " * width, *(f"{way:>12}" for way in by_way)])]
    for name in names:
        lines.append("  ".join([f"{name:{width}}", *(f"{_shown(scores[name]):>12}" for scores in by_way.values())]))
    for way, scores in by_way.items():
        others = {name: value for name, value in scores.items() if name not in names}
        if others:
            lines += [f"\n{way}\n", *_lines(others)]
    output.write("\n".join(lines), end="\n")


def _lines(scores: dict[str, Any]) -> Iterator[str]:
    table, classes, types = (scores.pop(name, None) for name in ("confusion", "classes", "types"))
    by_share = scores.pop("by_share", None)
    nested = {name: value for name, value in scores.items() if isinstance(value, dict) and value}
    width = max(map(len, scores), default=0)
    for name, value in scores.items():
        if name not in nested:
            yield f"{name:{width}}  {_shown(value)}"
    if types:
        yield f"\n{'':{width}}  {'precision':>9}  {'recall':>9}  {'f1':>9}  {'spans':>9}"
        for name, of_type in types.items():
            numbers = "  ".join(f"{of_type[key]:9.4f}" for key in ("precision", "recall", "f1"))
            yield f"{cell(name):{width}}  {numbers}  {of_type['spans']:9,}"
    if by_share:
        yield f"\n{'seen':>5}  {'accuracy':>9}  {'confidence':>10}  {'calibration_error':>17}"
        for row in by_share:
            numbers = f"{row['accuracy']:9.4f}  {row['confidence']:10.4f}  {row['calibration_error']:17.4f}"
            yield f"{row['seen']:5.0%}  {numbers}"
    if table is not None:
        yield f"\ntrue class down, predicted across\n{confusion.as_text(table, [cell(str(name)) for name in classes])}"
    for name, of_column in nested.items():
        yield f"\n{cell(name)}\n"
        yield from _lines(of_column)


def _shown(value: Any) -> str:
    if value is None or value == {}:
        return "not measured"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
