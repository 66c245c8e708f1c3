"""Texts that a language model writes for the paths that all jobs share: by the engine that writes completions."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from recurra.serve.completions.completion import Completion
from recurra.serve.completions.request import CompletionRequest
from recurra.serve.runs import ServedRun
from recurra.serve.server import Server


async def describe(
    server: Server, run: ServedRun, prompts: Sequence[str], options: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Write texts that go on from prompts, as `LanguageModel.describe` does; stop when cancelled.

    Args:
        server: that has the engine.
        run: of a language model.
        prompts: what texts begin with.
        options: of `LanguageModel.describe`, held to its signature.

    Raises:
        ApiError: more is asked for than the server's settings allow.
        DataError: a prompt has characters that the model does not know.
    """
    if not prompts:
        return []
    answers = await asyncio.gather(*(_describe(server, run, prompt, options) for prompt in prompts))
    return list(answers)


async def _describe(server: Server, run: ServedRun, prompt: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Of each prompt a completion of its own, so that a seed gives each what it gives alone."""
    texts = await write(server, run, _request(run.name, prompt, options))
    return {"prompt": prompt, "texts": texts}


def _request(model: str, prompt: str, options: Mapping[str, Any]) -> CompletionRequest:
    asked: dict[str, Any] = {
        "model": model,
        "prompt": prompt,
        "max_tokens": options.get("length", 400),
        "n": options.get("samples", 1),
        "stop": options.get("stop") or None,
        "seed": options.get("seed"),
    }
    for name in ("temperature", "top_k", "top_p"):
        asked[name] = options.get(name)
    if options.get("greedy"):
        asked |= {"temperature": 0, "top_k": None, "top_p": None}
    return CompletionRequest.model_validate(asked)


async def write(server: Server, run: ServedRun, request: CompletionRequest) -> list[str]:
    """Write the texts of a request for completions; stop when cancelled."""
    completion = Completion.of(request, run, server.settings)
    server.engines.of(run).add(completion.prompts)
    try:
        return await asyncio.gather(*(_text(completion, index) for index in range(len(completion.texts))))
    finally:
        completion.cancel()


async def _text(completion: Completion, index: int) -> str:
    return "".join([piece["text"] async for piece in completion.choices(index)])
