"""text-classification, audio-classification and video-classification: labels with their scores."""

from collections.abc import Sequence
from typing import Any, BinaryIO

from fastapi import Request

from recurra.data.sequences.answers import Answers
from recurra.serve.errors import ApiError
from recurra.serve.files import answering
from recurra.serve.hugging_face.parameters import ClassificationParameters
from recurra.serve.jobs.describe import answer, require
from recurra.serve.runs import ServedRun
from recurra.serve.server import server_of

_FUNCTIONS = {"class": "softmax", "labels": "sigmoid"}  # that make probabilities of scores, by what is answered

Elements = list[dict[str, Any]]


async def of_texts(
    request: Request, run: ServedRun, texts: Sequence[str], parameters: ClassificationParameters
) -> list[Elements]:
    """The labels of each text, the likeliest first."""
    _require(run, parameters)
    await require(request, run, texts, {})
    answers = await answer(server_of(request), run, texts, {})
    return [_elements(each, parameters) for each in answers]


async def of_file(request: Request, run: ServedRun, file: BinaryIO, parameters: ClassificationParameters) -> Elements:
    """The labels of a file of sound or video, the likeliest first."""
    _require(run, parameters)
    server = server_of(request)
    order = answering.order_of(run, server.settings)
    decoded = await server.decoders.decode(order, file)
    [described] = await answering.answers(server, run, decoded, {})
    return _elements(described, parameters)


def _elements(answer: dict[str, Any], parameters: ClassificationParameters) -> Elements:
    ordered = sorted(answer["probabilities"].items(), key=lambda each: -each[1])
    return [{"label": label, "score": score} for label, score in ordered[: parameters.top_k]]


def _require(run: ServedRun, parameters: ClassificationParameters) -> None:
    """Refuse a run that has no labels for the whole of an input, and another function than its own.

    Raises:
        ApiError: 400.
    """
    task: Any = run.task
    answers: Answers = task.answers_
    if answers.kind not in _FUNCTIONS or answers.per_step:
        message = f"model {run.name}: expected a classifier with one answer an input, got a {run.job}"
        raise ApiError(400, message, "model", "wrong_job")
    expected, got = _FUNCTIONS[answers.kind], parameters.function_to_apply
    if got not in (None, expected):
        place = "parameters.function_to_apply"
        raise ApiError(400, f"{place}: expected {expected!r}, by which the run has learnt, got {got!r}", place)
