"""text-generation, as text-generation-inference answers it: a text that goes on from another, whole or in pieces."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from recurra.serve.completions.completion import Completion
from recurra.serve.completions.request import CompletionRequest
from recurra.serve.errors import as_api_error
from recurra.serve.hugging_face.parameters import TextGenerationParameters
from recurra.serve.runs import ServedRun
from recurra.serve.server import Server
from recurra.serve.while_connected import took_too_long
from recurra.serve.writing.text import Token

_REASONS = {"length": "length", "stop": "stop_sequence"}


class Generation:
    """A text that is being written.

    Args:
        server: that has the engine.
        run: of a language model.
        prompt: what the text goes on from.
        parameters: how.

    Raises:
        ApiError: more is asked for than the server's settings allow.
        DataError: the prompt has characters that the model does not know.
    """

    def __init__(self, server: Server, run: ServedRun, prompt: str, parameters: TextGenerationParameters):
        self._prompt, self._parameters = prompt, parameters
        self._completion = Completion.of(_request(run.name, prompt, parameters), run, server.settings)
        self._seconds = server.settings.request_seconds
        self._written: list[Token] = []
        server.engines.of(run).add(self._completion.prompts)

    @property
    def written(self) -> int:
        """How many symbols were written."""
        return len(self._written)

    def cancel(self) -> None:
        """Let nothing more be written."""
        self._completion.cancel()

    async def whole(self) -> dict[str, Any]:
        """The answer, when all is written."""
        async for _ in self._tokens():
            pass
        answer: dict[str, Any] = {"generated_text": self._text()}
        if self._parameters.details:
            answer["details"] = self._details() | {"prefill": [], "tokens": [_token(each) for each in self._written]}
        return answer

    async def events(self) -> AsyncIterator[str]:
        """The answer as it is made: an event a symbol, the last with the whole text; or an error as the last."""
        last: Token | None = None
        try:
            async with asyncio.timeout(self._seconds or None):
                async for token in self._tokens():
                    if last is not None:
                        yield self._event(self.written - 1, last)
                    last = token
            if last is not None:
                details = self._details() | {"input_length": len(self._completion.prompts[0].symbols)}
                yield self._event(self.written, last, {"generated_text": self._text(), "details": details})
        except TimeoutError:
            yield json.dumps(took_too_long(self._seconds).content())
        except Exception as error:
            yield json.dumps(as_api_error(error).content())

    async def _tokens(self) -> AsyncIterator[Token]:
        async for tokens in self._completion.texts[0].read():
            for token in tokens:
                self._written.append(token)
                yield token

    def _text(self) -> str:
        beginning = self._prompt if self._parameters.return_full_text else ""
        return beginning + "".join(token.text for token in self._written)

    def _details(self) -> dict[str, Any]:
        finish = self._completion.texts[0].finish
        reason = _REASONS.get(finish or "", finish)
        return {"finish_reason": reason, "generated_tokens": self.written, "seed": self._parameters.seed}

    def _event(self, index: int, token: Token, end: dict[str, Any] | None = None) -> str:
        event = {"index": index, "token": _token(token), "generated_text": None, "details": None}
        return json.dumps(event | (end or {}), ensure_ascii=False, separators=(",", ":"))


def _token(token: Token) -> dict[str, Any]:
    return {"id": token.symbol, "text": token.text, "logprob": token.log_prob, "special": False}


def _request(model: str, prompt: str, parameters: TextGenerationParameters) -> CompletionRequest:
    asked: dict[str, Any] = {
        "model": model,
        "prompt": prompt,
        "max_tokens": parameters.max_new_tokens,
        "stop": parameters.stop or None,
        "seed": parameters.seed,
        "logprobs": 0,
        "temperature": 0,
    }
    if parameters.draws:
        drawn = {"temperature": parameters.temperature, "top_k": parameters.top_k, "top_p": parameters.top_p}
        asked |= drawn
    return CompletionRequest.model_validate(asked)
