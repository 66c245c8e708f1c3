"""`recurra translate`: a trained translator at work, on files or as a filter."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter
from cyclopts.validators import Number

from recurra import figures
from recurra.cli import stream
from recurra.cli.output import print_json, print_row
from recurra.cli.stream import HYPHENED
from recurra.cli.translator_flags import BeamSize, LengthPenalty, translator
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.tasks.translation.texts import LONGEST, require_short


def translate(
    run: Path,
    files: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    beam_size: BeamSize = None,
    length_penalty: LengthPenalty = None,
    n_best: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    prefix: str = "",
    alignment: bool = False,
    picture: Path | None = None,
    precision: AnsweringPrecision = "float32",
    json: bool = False,
) -> None:
    """Translate lines with a trained translator: a line for each, in order, an empty one for an empty one.

    Parameters
    ----------
    run
        Run folder of a translator.
    files
        Text files, answered some lines at a time. "-", or none, reads standard input, and answers lines as they come.
    beam_size
        Hypotheses; 1 takes the likeliest symbol always; by default what the translator was set to.
    length_penalty
        A translation of L symbols ranks by log p / L ** length_penalty; by default what the translator was set to.
    n_best
        Translations of each line; more than one are written as "number ||| text ||| score", lines counted from 0.
    prefix
        Text that all translations begin with, however likely that is.
    alignment
        After a tab, say which word each word of the translation was looked up at: pairs source-translation, from 0.
    picture
        File to draw the weights of attention of the first line to: .html, .svg or .png.
    precision
        Of the weights: float32; int8 or bf16 answers sooner, somewhat differently (`recurra evaluate` tells by how
        much), and in int8 the same on every processor.
    json
        Print one JSON object a line.
    """
    files = files or [stream.STANDARD_INPUT]
    stream.require_files(files)
    if picture is not None:
        figures.require_format(picture)
    task = translator(run, beam_size, length_penalty, precision)
    number = 0
    for file in files:
        for texts in _short_lines(file):
            drawn = picture is not None and number == 0
            for described in task.describe(texts, n_best=n_best, with_alignment=alignment or drawn, prefix=prefix):
                if picture is not None and number == 0:
                    _draw(described, picture)
                _print(described, number, n_best > 1, alignment, json)
                number += 1
            sys.stdout.flush()


def _short_lines(file: str) -> Iterator[list[str]]:
    """The lines of a file, some at a time; those before one that is too long are given before its error."""
    name = stream.NAME if file == stream.STANDARD_INPUT else file
    for first, texts in stream.lines(file):
        for number, text in enumerate(texts):
            if len(text) > LONGEST:
                yield texts[:number]
                require_short(f"{name}:{first + number}", text)
        yield texts


def _draw(described: dict[str, Any], path: Path) -> None:
    best = described["translations"][0]
    figure = figures.attention(np.asarray(best["attention"]), described["source"].split(), best["text"].split())
    figures.save(figure, path)


def _print(described: dict[str, Any], number: int, several: bool, alignment: bool, as_json: bool) -> None:
    """Print the translations of a line, as JSON or in cells between tabs."""
    if as_json:
        if not alignment:  # it may have been computed for the picture alone
            described["translations"] = list(map(_without_alignment, described["translations"]))
        print_json(described)
        return
    for translation in described["translations"]:
        cells = [translation["text"]]
        if alignment:
            cells.append(" ".join(f"{source}-{target}" for source, target in translation["alignment"]))
        if several:
            cells[0] = f"{number} ||| {cells[0]}"
            cells[-1] += f" ||| {translation['score']:.4f}"
        print_row(cells)


def _without_alignment(translation: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in translation.items() if name not in ("attention", "alignment")}
