"""`recurra predict`: a trained classifier or regressor at work, on files or as a filter."""

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter

from recurra.cli import stream
from recurra.cli.loading import load
from recurra.cli.output import print_csv, print_json, print_row
from recurra.cli.stream import HYPHENED
from recurra.data.files import csv_rows
from recurra.data.files.lines import is_blank
from recurra.data.sequences.column_names import ColumnNames
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.readers import json_lines, tables
from recurra.data.sources import labelled
from recurra.data.sources.named import refuse_no_names
from recurra.errors import DataError
from recurra.tasks.classification.task import SequenceClassifier, SequenceEstimator
from recurra.training import Task


def predict(
    run: Path,
    files: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    json: bool = False,
    csv: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Answer sequences with a trained classifier or regressor: a table, an example a line.

    Parameters
    ----------
    run
        Run folder of a classifier or a regressor.
    files
        Files of examples, as in training; of a model that reads texts, also files with a text on each line, which is
        answered by a line each, an empty one too. "-", or none, reads standard input: for a model of texts a text on
        each line; for others JSON lines ({"x": [...]}), answered as they come; or, for a run that was trained on a
        table, a CSV file with a header, answered when all of it has come.
    json
        Print one JSON object an example, with probabilities.
    csv
        Print a CSV file with a header, for spreadsheets; a text that they would take for a formula has a ' before it.
    """
    if json and csv:
        raise DataError("--csv: expected one of --csv and --json, got both")
    task = load(run, Task)
    if not isinstance(task, SequenceEstimator):
        raise DataError(f"{run}: expected a run of a classifier or a regressor, got one of {task.name}")
    files = files or [stream.STANDARD_INPUT]
    stream.require_files(files)
    if csv:
        print_csv(["input", "answer", *(["probability"] if isinstance(task, SequenceClassifier) else [])])
    for file in files:
        for examples in _examples(task, file):
            _answer(task, examples, json, print_csv if csv else print_row)


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
