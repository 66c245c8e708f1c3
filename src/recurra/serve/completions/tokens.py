"""Texts to symbols and back, by the tokenizer of a language model.

The paths and shapes are those of vLLM, which the evaluation harness lm-eval asks for; there no model need be named.
"""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from recurra.serve.completions.request import Symbol
from recurra.serve.errors import ApiError
from recurra.serve.runs import ServedRun
from recurra.serve.server import Server, server_of
from recurra.tasks.language_model.task import LanguageModel

router = APIRouter()


class TokenizeRequest(BaseModel):
    """A text to be turned into symbols. There are no special ones, so that `add_special_tokens` changes nothing."""

    model_config = ConfigDict(extra="forbid")

    prompt: StrictStr
    model: StrictStr | None = None
    add_special_tokens: StrictBool = False


class Tokens(BaseModel):
    """Symbols of a text, and how many."""

    tokens: list[int]
    count: int


class DetokenizeRequest(BaseModel):
    """Symbols to be turned into a text."""

    model_config = ConfigDict(extra="forbid")

    tokens: Annotated[list[Symbol], Field(max_length=10_000_000)]
    model: StrictStr | None = None


class DetokenizedText(BaseModel):
    """A text."""

    prompt: str


class TokenizerInfo(BaseModel):
    """What a client must know of the symbols. eos_token: what stands between two texts, which is a line end."""

    tokenizer_class: str
    vocabulary_size: int
    eos_token: str
    bos_token: None = None
    pad_token: None = None


@router.get("/tokenizer_info")
@router.get("/v1/tokenizer_info", include_in_schema=False)
def tokenizer_info(request: Request, model: str | None = None) -> TokenizerInfo:
    """Tell of the symbols of a language model."""
    task = _task(server_of(request), model)
    assert task.tokenizer is not None
    kind, size = task.tokenizer.kind, len(task.tokenizer)
    return TokenizerInfo(tokenizer_class=kind, vocabulary_size=size, eos_token=task.beginning)


@router.post("/tokenize")
@router.post("/v1/tokenize", include_in_schema=False)
def tokenize(request: Request, body: TokenizeRequest) -> Tokens:
    """Turn a text into symbols."""
    symbols = _task(server_of(request), body.model).encode(body.prompt, at_least=0)[0].tolist()
    return Tokens(tokens=symbols, count=len(symbols))


@router.post("/detokenize")
@router.post("/v1/detokenize", include_in_schema=False)
def detokenize(request: Request, body: DetokenizeRequest) -> DetokenizedText:
    """Turn symbols into a text."""
    task = _task(server_of(request), body.model)
    assert task.tokenizer is not None
    most = len(task.tokenizer) - 1
    wrong = next((symbol for symbol in body.tokens if symbol > most), None)
    if wrong is not None:
        raise ApiError(400, f"tokens: expected symbols from 0 to {most}, got {wrong}", "tokens")
    return DetokenizedText(prompt=task.tokenizer.decode(body.tokens))


def _task(server: Server, name: str | None) -> LanguageModel:
    """The language model of a name; without a name the only one.

    Raises:
        ApiError: there is none, or more than one.
    """
    if name is None:
        language_models: list[ServedRun] = [run for run in server.runs.ready if run.job == "language-model"]
        if len(language_models) != 1:
            known = ", ".join(run.name for run in language_models) or "none"
            raise ApiError(
                400, f"model: expected a name, since there is not one language model alone: {known}", "model"
            )
        name = language_models[0].name
    task = server.runs.get(name, "language-model").task
    assert isinstance(task, LanguageModel)
    return task
