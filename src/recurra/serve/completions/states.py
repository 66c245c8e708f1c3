"""The hidden states of a language model along a text."""

import base64

import torch
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, StrictStr

from recurra.serve.completions.request import Count
from recurra.serve.errors import ApiError
from recurra.serve.server import server_of
from recurra.tasks.language_model.task import LanguageModel

router = APIRouter(prefix="/v1")

_LARGEST = 127  # of a value in one byte


class StatesRequest(BaseModel):
    """A text to read. skip: symbols at its beginning whose states are not asked for."""

    model_config = ConfigDict(extra="forbid")

    text: StrictStr
    skip: Count = 0


class States(BaseModel):
    """The hidden state of the top layer after each symbol of a text.

    symbols: the text of each symbol of which there is a state. units: how many there are. values: in base64, a signed
    byte for each symbol and unit, (symbols, units). scale: what a byte of 127 stands for; where all values are 0, 1.
    """

    symbols: list[str]
    units: int
    scale: float
    values: str


@router.post("/runs/{name}/states")
def states(request: Request, name: str, body: StatesRequest) -> States:
    """Give the hidden state of a language model after each symbol of a text; of two directions, the forward one."""
    server = server_of(request)
    task = server.runs.get(name, "language-model").task
    assert isinstance(task, LanguageModel)
    numbers = task.encode(body.text, at_least=1, what="text")[0].tolist()
    most = server.settings.max_state_symbols
    if len(numbers) > most:
        raise ApiError(400, f"text: expected at most {most:,} symbols, got {len(numbers):,}", "text", "text_too_long")
    [read] = task.states([body.text])  # (T, directions, H)
    values = read[body.skip :, 0].float().cpu()  # (T - skip, H)
    scale = float(values.abs().max()) if values.numel() else 0.0
    scale = scale or 1.0
    rounded = (values * (_LARGEST / scale)).round().to(torch.int8).contiguous()
    return States(
        symbols=[task.symbol_text(number) for number in numbers[body.skip :]],
        units=read.shape[-1],
        scale=scale,
        values=base64.b64encode(rounded.numpy().tobytes()).decode(),
    )
