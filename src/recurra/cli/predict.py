"""`recurra predict`: a trained classifier or regressor at work, on files or as a filter."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter

from recurra import tasks
from recurra.cli import stream
from recurra.cli.output import print_json, print_row
from recurra.cli.use import HYPHENED
from recurra.data import json_lines, labelled
from recurra.data.examples import Examples
from recurra.errors import DataError
from recurra.tasks.classification import SequenceClassifier, SequenceEstimator


def predict(
    run: Path,
    files: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    json: bool = False,
) -> None:
    """Answer sequences with a trained classifier or regressor: a table, an example a line.

    Parameters
    ----------
    run
        Run folder of a classifier or a regressor.
    files
        Files of examples, as in training; of a model that reads texts, also files with a text on each line. "-", or
        none, reads standard input: texts, or JSON lines, answered as they come.
    json
        Print one JSON object an example, with probabilities.
    """
    task = tasks.load(run)
    if not isinstance(task, SequenceEstimator):
        raise DataError(f"{run}: expected a run of a classifier or a regressor, got one of {task.name}")
    texts = task.tokenizer_ is not None
    for file in files or ["-"]:
        for examples in _standard_input(texts) if file == "-" else [_unanswered(task, file)]:
            _answer(task, examples, json)


def _unanswered(task: SequenceEstimator, file: str) -> Examples:
    return labelled.unanswered(Path(file), task.tokenizer_ is not None, task.config.column_names, task.columns_)


def _standard_input(texts: bool) -> Iterator[Examples]:
    """The examples of standard input, as many as are there."""
    for number, lines in stream.lines():
        if texts:
            yield Examples(lines, None, [f"{stream.NAME}:{n}" for n in range(number, number + len(lines))])
        elif any(map(str.strip, lines)):
            yield json_lines.parse(((n, line) for n, line in enumerate(lines, number) if line.strip()), stream.NAME)


def _answer(task: SequenceEstimator, examples: Examples, as_json: bool) -> None:
    answers: Any = task.predict(examples)
    chances = task.predict_proba(examples) if isinstance(task, SequenceClassifier) else [None] * len(examples)
    for i, (answer, chance) in enumerate(zip(answers, chances, strict=True)):
        shown = examples.inputs[i] if examples.is_text else examples.name(i)
        if as_json:
            print_json(_record(task, shown, answer, chance))
        else:
            print_row([shown, _plain(answer), *([] if chance is None else [_surest(chance)])])
    sys.stdout.flush()


def _record(task: SequenceEstimator, shown: str, answer: Any, chance: Any) -> dict[str, Any]:
    record = {"input": shown, "answer": answer.tolist() if isinstance(answer, np.ndarray | np.generic) else answer}
    if chance is None:
        return record
    labels = [str(label) for label in task.answers_.labels]  # type: ignore[union-attr]
    if chance.ndim == 1:
        return record | {"probabilities": dict(zip(labels, map(float, chance), strict=True))}
    return record | {"probabilities": [dict(zip(labels, map(float, step), strict=True)) for step in chance]}


def _plain(answer: Any) -> str:
    if isinstance(answer, list | np.ndarray):
        return " ".join(map(_plain, answer))
    return f"{answer:.6g}" if isinstance(answer, float | np.floating) else str(answer)


def _surest(chance: np.ndarray) -> str:
    """The probability of the answer; with one at every step, the mean of them."""
    return f"{np.mean(chance.max(-1)):.3f}"
