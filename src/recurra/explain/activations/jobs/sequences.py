"""Sequences under a classifier or a regressor: their features or words, and the answers."""

from typing import Any

import numpy as np

from recurra.data import batches
from recurra.data.sequences.answers import Answers
from recurra.explain.activations.known import indicators, placed
from recurra.explain.activations.subject import Subject
from recurra.explain.activations.text_properties import text_properties
from recurra.tasks.classification.data import EncodedExamples
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.classification.network import unless_full


def subject_of(task: SequenceEstimator[Any], data: Any, part: str | None, steps: int) -> Subject:
    """Let a network read sequences, see `language_model.subject_of`.

    Answers to whole sequences are compared with the units at their last steps.
    """
    network = task._fitted()
    examples = task.data_module(data, part).train
    rows, read = list[int](), 0
    for row in np.random.default_rng(0).permutation(len(examples)).tolist():  # they may be sorted by their answers
        if rows and read + len(examples.inputs[row]) > steps:
            break
        rows.append(row)
        read += len(examples.inputs[row])
    inputs = [np.asarray(examples.inputs[row]) for row in rows]
    properties = placed([len(x) for x in inputs], "place in the sequence")
    properties |= _answers(task._learnt(task.answers_), examples, rows)
    x, lengths = (part.to(network.head.weight.device) for part in batches.pad(inputs, np.arange(len(inputs))))

    def run() -> None:
        network(x, unless_full(lengths, x.shape[1]))

    if task.tokenizer_ is not None:
        symbols = [[task.tokenizer_.decode([number]) for number in part.tolist()] for part in inputs]
        of_texts = [text_properties(part) for part in symbols]
        properties |= {name: [of_text[name] for of_text in of_texts if name in of_text] for name in of_texts[0]}
        properties = {name: values for name, values in properties.items() if len(values) == len(rows)}
        gap = 0 if task.tokenizer_.kind == "char" else 1
        return Subject(network, run, network.recurrence, properties, symbols=symbols, gap=gap)
    features = _features(task, inputs[0].shape[-1])
    for number, feature in enumerate(features):
        properties[feature] = [part[:, number].astype(np.float64) for part in inputs]
    return Subject(network, run, network.recurrence, properties, series=inputs, features=features)


def _features(task: SequenceEstimator[Any], count: int) -> list[str]:
    named = task.columns_.features if task.columns_ is not None and task.columns_.form == "steps" else []
    return list(named) if len(named) == count else [f"feature {number}" for number in range(count)]


def _answers(answers: Answers, examples: EncodedExamples, rows: list[int]) -> dict[str, list[np.ndarray]]:
    """The answers as properties of steps: of whole sequences, of their last ones."""
    if answers.kind == "number":
        names = ["the number"] if len(answers.mean) == 1 else [f"number {i}" for i in range(len(answers.mean))]
        by_step = [_at_steps(answers, examples, row, np.float64) for row in rows]  # (T, numbers)
        return {name: [steps[:, i] for steps in by_step] for i, name in enumerate(names)}
    names = [f"class {label}" for label in answers.labels]
    if answers.kind == "class":
        return indicators([_at_steps(answers, examples, row, np.float64)[:, 0] for row in rows], names)
    by_step = [_at_steps(answers, examples, row, np.float64) for row in rows]  # (T, labels)
    return {name: [steps[:, i] for steps in by_step] for i, name in enumerate(names)}


def _at_steps(answers: Answers, examples: EncodedExamples, row: int, kind: Any) -> np.ndarray:
    """An answer as numbers at each step, (T, A); NaN where there is none."""
    encoded = np.asarray(examples.answers[row], kind)
    if answers.per_step:
        return encoded.reshape(len(encoded), -1)
    steps = np.full((len(examples.inputs[row]), encoded.size), np.nan)
    steps[-1] = encoded.reshape(-1)
    return steps
