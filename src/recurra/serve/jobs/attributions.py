"""/v1/runs/{name}/attributions: how much each step of a sequence speaks for an answer."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, StrictStr

from recurra.errors import quote
from recurra.explain.attribution import attribution
from recurra.serve.errors import ApiError
from recurra.serve.jobs.describe import require
from recurra.serve.runs import ServedRun
from recurra.serve.server import server_of
from recurra.serve.while_connected import while_connected
from recurra.tasks.classification.task import SequenceEstimator
from recurra.training.task import Task

router = APIRouter(prefix="/v1/runs")


class AttributionsRequest(BaseModel):
    """An input, as of `describe`, and the label to be spoken for, as "probabilities" calls it; null, the answer.

    Of a regressor of several numbers the label is the position of one, from 0, as text; null, the first.
    """

    model_config = ConfigDict(extra="forbid")

    input: Any
    label: StrictStr | None = None


class Attributions(BaseModel):
    """How much each of S steps counts for a score, by integrated gradients.

    inputs: what was read at each step, as text. output: the label, or "the number". values: how much each step counts,
    (S,); they add up to score - baseline_score, but for the gap. features: the same by number, (S, I); null for texts.
    score: before softmax, or the number itself. baseline_score: the same where the input says nothing.
    """

    inputs: list[str]
    output: str
    values: list[float]
    features: list[list[float]] | None
    score: float
    baseline_score: float
    gap: float


@router.post("/{name}/attributions")
async def attributions(request: Request, name: str, body: AttributionsRequest) -> Attributions:
    """Tell how much each step of a sequence speaks for a label, or for the number that a regressor answers."""
    server = server_of(request)
    run = server.runs.get(name)
    await require(request, run, [body.input], {})
    options = {"label": _known(run, body.label), "most": server.settings.max_state_symbols}
    work = server.batchers.of(run).ask(attribute, [body.input], options)
    [answer] = await while_connected(request, work, server.settings.request_seconds)
    return Attributions(**answer)


def _known(run: ServedRun, label: str | None) -> Any:
    """The label of that name; None for the answer that is given.

    Raises:
        ApiError: 400, the run is of another job, or has no such label.
    """
    task = run.task
    if not isinstance(task, SequenceEstimator) or task.per_step:
        message = f"model {run.name}: expected a classifier or regressor with one answer a sequence, got {run.job}"
        raise ApiError(400, message, "model", "wrong_job")
    if label is None:
        return None
    answers = task.answers_
    assert answers is not None
    known = range(answers.outputs) if answers.kind == "number" else answers.labels
    labels = {str(each): each for each in known}
    if label not in labels:
        raise ApiError(400, f"label: expected one of {quote(list(labels))}, got {quote(label)}", "label", "wrong_label")
    return labels[label]


def attribute(task: Task[Any, Any], inputs: Sequence[Any], *, label: Any, most: int) -> list[dict[str, Any]]:
    """Attribute the answers to sequences, as JSON holds it.

    Args:
        task: a classifier or a regressor.
        inputs: as of its `describe`.
        label: to be spoken for; None, the answer.
        most: steps of an input.

    Raises:
        ApiError: 400, an input has more steps.
    """
    assert isinstance(task, SequenceEstimator)
    answers = []
    for each in inputs:
        _require_short(task, each, most)
        [sequence] = attribution(task, [each], label).sequences
        numbers = sequence.numbers()
        answer = {"inputs": sequence.inputs, "output": sequence.outputs[0], "values": numbers["matrix"][0]}
        answer |= {"features": numbers["values"][0] if sequence.values is not None else None}
        scores = {"score": "scores", "baseline_score": "baseline_scores", "gap": "gaps"}
        answers.append(answer | {name: numbers[plural][0] for name, plural in scores.items()})
    return answers


def _require_short(task: SequenceEstimator[Any], sequence: Any, most: int) -> None:
    steps = len(sequence) if task.tokenizer_ is None else len(task.tokenizer_.encode(sequence))
    if steps > most:
        raise ApiError(400, f"input: expected at most {most:,} steps, got {steps:,}", "input", "too_long")
