"""token-classification: the labels of words, or of groups of words, by the characters where these stand."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from recurra.serve.errors import ApiError
from recurra.serve.hugging_face.parameters import TokenClassificationParameters
from recurra.serve.jobs.describe import answer, require
from recurra.serve.runs import ServedRun
from recurra.serve.server import server_of
from recurra.tasks.tagging.task import Tagger

Elements = list[dict[str, Any]]


async def of_texts(
    request: Request, run: ServedRun, texts: Sequence[str], parameters: TokenClassificationParameters
) -> list[Elements]:
    """Of each text its words or groups of words, in their order.

    Raises:
        ApiError: 400, the tagger gives each word several labels.
    """
    assert isinstance(run.task, Tagger)
    if len(run.task.columns_) > 1:
        message = f"model {run.name}: expected a tagger with one column of labels, got {len(run.task.columns_)}"
        raise ApiError(400, message, "model", "wrong_job")
    inputs = [{"text": text} for text in texts]
    await require(request, run, inputs, {})
    answers = await answer(server_of(request), run, inputs, {})
    return [_elements(each, parameters) for each in answers]


def _elements(answer: dict[str, Any], parameters: TokenClassificationParameters) -> Elements:
    are_words = parameters.aggregation_strategy == "none"
    name = "entity" if are_words else "entity_group"
    elements = _words(answer, name) if are_words or "spans" not in answer else _spans(answer, name)
    return [element for element in elements if element[name] not in parameters.ignore_labels]


def _words(answer: dict[str, Any], name: str) -> Elements:
    """A word each: that it has this label is as likely as its score says."""
    return [
        _element(answer["text"], start, end, score) | {name: label}
        for (start, end), label, score in zip(answer["offsets"], answer["labels"], answer["probabilities"], strict=True)
    ]


def _spans(answer: dict[str, Any], name: str) -> Elements:
    """A span each: that exactly these words are of this type is as likely as its score says."""
    offsets = answer["offsets"]
    return [
        _element(answer["text"], offsets[span["start"]][0], offsets[span["end"] - 1][1], span["probability"])
        | {name: span["type"]}
        for span in answer["spans"]
    ]


def _element(text: str, start: int, end: int, score: float) -> dict[str, Any]:
    return {"score": score, "word": text[start:end], "start": start, "end": end}
