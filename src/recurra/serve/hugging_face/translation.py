"""translation: the likeliest translation of a text."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from recurra.errors import quote
from recurra.serve.errors import ApiError
from recurra.serve.hugging_face.parameters import TranslationParameters
from recurra.serve.jobs.describe import answer, require
from recurra.serve.runs import ServedRun
from recurra.serve.server import server_of
from recurra.tasks.translation.task import Translator


async def of_texts(
    request: Request, run: ServedRun, texts: Sequence[str], parameters: TranslationParameters
) -> list[dict[str, Any]]:
    """The translation of each text."""
    assert isinstance(run.task, Translator)
    config = run.task.config
    _require_language("src_lang", parameters.src_lang, config.source)
    _require_language("tgt_lang", parameters.tgt_lang, config.target)
    beams = parameters.generate_parameters.num_beams
    options = {} if beams is None else {"beam_size": beams}
    await require(request, run, texts, options)
    answers = await answer(server_of(request), run, texts, options)
    return [{"translation_text": each["translations"][0]["text"]} for each in answers]


def _require_language(name: str, got: str | None, expected: str) -> None:
    if got not in (None, expected):
        place = f"parameters.{name}"
        raise ApiError(400, f"{place}: expected {quote(expected)}, got {quote(got)}", place, "wrong_language")
