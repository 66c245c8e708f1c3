"""Sequences under a classifier or a regressor: each answer, as a function of the steps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.data.sequences.answers import Answers
from recurra.errors import DataError, quote
from recurra.explain.attribution.layer_input import replaced, taken
from recurra.explain.attribution.subject import Subject
from recurra.tasks.classification import examples
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.classification.network import SequenceNetwork

Run = Callable[[Tensor], Tensor]


def subjects_of(task: SequenceEstimator[Any], X: Any, target: Any = None) -> list[Subject]:
    """Describe sequences, each with one output: its answer; or one a step.

    Args:
        task: a classifier or a regressor.
        X: as of `predict`.
        target: the label to explain; of a regressor the position of a number. None takes what is answered.

    Raises:
        DataError: the sequences are not as expected, or there is no such label.
    """
    network = task._fitted()
    sequences = examples.to_answer(task, X)
    encoded = task.encode_inputs(sequences)
    return [_subject(task, network, np.asarray(encoded[i]), target) for i in range(len(encoded))]


def _subject(task: SequenceEstimator[Any], network: SequenceNetwork, sequence: np.ndarray, target: Any) -> Subject:
    """One sequence: symbols (S,) or features (S, I)."""
    answers = task._learnt(task.answers_)
    x, _ = batches.pad([sequence], np.arange(1))  # (1, S) or (1, S, I)
    x = x.to(network.head.weight.device)
    vectors, run = _symbols(network, x) if task.tokenizer_ is not None else _numbers(network, x)
    with torch.no_grad():
        logits = run(x if task.tokenizer_ is None else vectors)  # (1, outputs), or (1, S, outputs)
    rows = logits[0] if answers.per_step else logits  # (R, outputs)
    chosen = _chosen(answers, rows.cpu().numpy(), target)  # (R,)

    def score(vectors: Tensor, rows: Tensor) -> Tensor:
        logits = run(vectors)
        at = logits[torch.arange(len(rows), device=rows.device), rows] if answers.per_step else logits  # (N, outputs)
        return _score_of(answers, at, torch.as_tensor(chosen, device=rows.device)[rows])

    if task.tokenizer_ is None:
        assert network.standardize is not None
        names = [f"step {step}" for step in range(x.shape[1])]
        baseline = network.standardize.mean.to(x.dtype).expand_as(vectors[0])  # what a number is like on average
    else:
        names = [task.tokenizer_.decode([number]) for number in x[0].tolist()]
        baseline = torch.zeros_like(vectors[0])
    outputs = [_name(answers, number) for number in chosen]
    return Subject(names, outputs, vectors[0], baseline, score, has_features=task.tokenizer_ is None)


def _numbers(network: SequenceNetwork, x: Tensor) -> tuple[Tensor, Run]:
    return x, lambda vectors: network(vectors)[0]


def _symbols(network: SequenceNetwork, x: Tensor) -> tuple[Tensor, Run]:
    """The vectors of symbols (1, S), and the network as a function of them."""

    def run(vectors: Tensor) -> Tensor:
        with replaced(network.recurrence, vectors):
            logits: Tensor = network(x.expand(len(vectors), -1))[0]
        return logits

    return taken(network.recurrence, lambda: network(x)), run


def _chosen(answers: Answers, logits: np.ndarray, target: Any) -> np.ndarray:
    """The number of the label, or of the number, that each output (R, outputs) is explained by."""
    if target is not None:
        known: list[Any] = list(range(len(answers.mean))) if answers.kind == "number" else answers.labels
        if target not in known:
            raise DataError(f"target: expected one of {quote(known)}, got {quote(target)}")
        return np.full(len(logits), known.index(target))
    if answers.kind == "class":
        return answers.argmax(logits)
    return logits.argmax(1) if answers.kind == "labels" else np.zeros(len(logits), int)


def _score_of(answers: Answers, logits: Tensor, chosen: Tensor) -> Tensor:
    """Of logits (N, outputs) those of the labels (N,); of two classes the log-odds; of numbers in their own unit."""
    if answers.kind == "class" and answers.outputs == 1:
        return torch.where(chosen == 1, logits[:, 0], -logits[:, 0])
    scores = logits.gather(1, chosen.unsqueeze(1))[:, 0]
    if answers.kind != "number":
        return scores
    scale, mean = (logits.new_tensor(numbers)[chosen] for numbers in (answers.scale, answers.mean))
    return scores * scale + mean


def _name(answers: Answers, number: int) -> str:
    if answers.kind != "number":
        return str(answers.labels[number])
    return "the number" if len(answers.mean) == 1 else f"number {number}"
