"""`recurra predict` of a classifier or a regressor of sequences: files, or sequences as they come."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from recurra.cli import stream
from recurra.cli.output import print_json
from recurra.data.files import csv_rows
from recurra.data.files.lines import is_blank
from recurra.data.sequences.column_names import ColumnNames
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.readers import json_lines, tables
from recurra.data.sources import labelled
from recurra.data.sources.named import refuse_no_names
from recurra.errors import DataError
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.classification.task import SequenceClassifier


def columns(task: SequenceEstimator[Any]) -> list[str]:
    """The names of what is printed of each example."""
    return ["input", "answer", *(["probability"] if isinstance(task, SequenceClassifier) else [])]


def predict(
    task: SequenceEstimator[Any], files: Sequence[str], as_json: bool, print_cells: Callable[[list[str]], None]
) -> None:
    """Answer sequences: a row each.

    Args:
        task: what answers.
        files: of examples; "-" is standard input.
        as_json: whether rows are JSON objects.
        print_cells: prints a row.
    """
    stream.require_files(files)
    for file in files:
        for examples in _examples(task, file):
            _answer(task, examples, as_json, print_cells)


def _examples(task: SequenceEstimator[Any], file: str) -> Iterator[Examples]:
    """What a file holds: texts, a line each, and standard input some at a time; else all at once."""
    refuse_no_names(file)
    how = task.config.column_names, task.columns_
    if task.tokenizer_ is not None:
        if file == stream.STANDARD_INPUT or labelled.has_a_text_a_line(Path(file), *how):
            yield from _texts(file)
        else:
            yield labelled.unanswered(Path(file), True, *how)
    elif file == stream.STANDARD_INPUT:
        yield from _sequences(task)
    else:
        yield labelled.unanswered(Path(file), False, *how)


def _texts(file: str) -> Iterator[Examples]:
    """A text a line."""
    name = stream.NAME if file == stream.STANDARD_INPUT else file
    for first, lines in stream.lines(file):
        locations = [f"{name}:{number}" for number in range(first, first + len(lines))]
        yield labelled.refuse_long_texts(Examples(lines, None, locations))


def _sequences(task: SequenceEstimator[Any]) -> Iterator[Examples]:
    """The sequences of standard input: JSON lines; or a table, of a run that was trained on one."""
    groups = stream.lines()
    begin = list[tuple[int, list[str]]]()
    first_line = ""
    for group in groups:
        begin.append(group)
        first_line = next((line for line in group[1] if not is_blank(line)), "")
        if first_line:
            break
    groups, names = chain(begin, groups), task.config.column_names
    if task.columns_ is None or first_line.lstrip().startswith("{") or not first_line:
        yield from _json_lines(groups, names, task.columns_ is not None)
        return
    lines = ((first + i, line) for first, group_lines in groups for i, line in enumerate(group_lines))
    yield tables.parse(csv_rows.rows_of(lines, stream.NAME), stream.NAME, names, task.columns_, labelled=False)


def _json_lines(groups: Iterable[tuple[int, list[str]]], names: ColumnNames, of_table: bool) -> Iterator[Examples]:
    """Sequences in JSON lines, whose labels do not matter; those before a wrong one are given first."""
    for first, lines in groups:
        inputs, locations, wrong = list[Any](), list[str](), None
        for number, line in enumerate(lines, first):
            if is_blank(line):
                continue
            try:
                example = json_lines.parse([(number, line)], stream.NAME, names, labelled=False)
            except DataError as error:
                also = ", or a CSV file with a header" if of_table else ""
                hint = f'; standard input takes JSON lines, such as {{"x": [1, 2]}}{also}'
                wrong = error if line.lstrip().startswith("{") else DataError(f"{error}{hint}")
                break
            inputs.append(example.inputs[0])
            locations.append(example.name(0))
        if inputs:
            yield Examples(inputs, None, locations)
        if wrong:
            raise wrong


def _answer(
    task: SequenceEstimator[Any], examples: Examples, as_json: bool, print_cells: Callable[[list[str]], None]
) -> None:
    for i, described in enumerate(task.describe(examples)):
        name = examples.inputs[i] if examples.is_text else examples.name(i)
        if as_json:
            print_json({"input": name} | described)
        else:
            probabilities = [_surest(described["probabilities"])] if "probabilities" in described else []
            print_cells([name, _plain(described["answer"]), *probabilities])
    sys.stdout.flush()


def _plain(answer: Any) -> str:
    """An answer in a cell; a date and bytes are objects of one entry."""
    if isinstance(answer, list):
        return " ".join(map(_plain, answer))
    if isinstance(answer, dict):
        return str(next(iter(answer.values())))
    return f"{answer:.6g}" if isinstance(answer, float) else str(answer)


def _surest(probabilities: Any) -> str:
    """The largest probability; with an answer at every step, the mean of them."""
    steps = probabilities if isinstance(probabilities, list) else [probabilities]
    return f"{np.mean([max(step.values()) for step in steps]):.3f}"
