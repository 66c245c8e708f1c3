"""A request for texts: what is to be written, and the answer that is made of what was written."""

import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from recurra.nn.counted_draws import CountedDraws
from recurra.serve.completions.choice import LogProbs, choice
from recurra.serve.completions.request import CompletionRequest
from recurra.serve.errors import ApiError
from recurra.serve.runs import ServedRun
from recurra.serve.sessions.turn import Turn
from recurra.serve.settings import ServeSettings
from recurra.serve.writing.text import Prompt, Text, Token
from recurra.tasks.language_model.task import LanguageModel
from recurra.tasks.language_model.writer import Filters

_GREEDY = Filters(top_k=1)


@dataclass
class Completion:
    """The texts of a request.

    prompts: what the engine reads and writes. beginnings: of each the prompt as a text. turn: that the one text is,
    where it goes on from a state or leaves one. created: in seconds since 1970.
    """

    request: CompletionRequest
    run: ServedRun
    prompts: list[Prompt]
    beginnings: list[str]
    turn: Turn | None = None
    id: str = field(default_factory=lambda: f"cmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))
    written: int = 0  # symbols

    @classmethod
    def of(
        cls, request: CompletionRequest, run: ServedRun, settings: ServeSettings, turn: Turn | None = None
    ) -> "Completion":
        """Make of a request what the engine takes.

        Raises:
            ApiError: 400, more is asked for than the settings allow, or a symbol is none of the model's.
            DataError: a prompt has characters that the model does not know.
        """
        _require_bounds(request, settings)
        before = None if turn is None else turn.before
        prompts, beginnings = [], []
        for number, prompt in enumerate(request.prompts):
            text, symbols = _read(run, prompt, is_beginning=before is None)
            if turn is None:
                texts = [_text(request, run, text, number * request.n + i) for i in range(request.n)]
            else:
                texts = [_turn_text(request, turn, text, symbols)]
            place = None if before is None else before.place
            alternatives = request.logprobs if request.echo else None
            prompts.append(Prompt(symbols, texts, place, alternatives))
            beginnings.append(text)
        total = sum(len(prompt.symbols) for prompt in prompts)
        if total > settings.max_prompt_tokens:
            most = f"at most {settings.max_prompt_tokens:,} symbols"
            raise ApiError(400, f"prompt: expected {most}, got {total:,}", "prompt", "prompt_too_long")
        return cls(request, run, prompts, beginnings, turn)

    @property
    def texts(self) -> list[Text]:
        """All texts, in the order of the choices."""
        return [text for prompt in self.prompts for text in prompt.texts]

    def cancel(self) -> None:
        """Let nothing more be written; a turn that was not kept is given up."""
        for text in self.texts:
            text.cancel()
        if self.turn is not None:
            self.turn.release()

    async def keep(self) -> dict[str, Any]:
        """Keep the turn when its text is over, if it is one; give what the answer says of it."""
        return {} if self.turn is None else await self.turn.keep(self.beginnings[0], self.texts[0])

    async def choices(self, index: int) -> AsyncIterator[dict[str, Any]]:
        """Give what is written of one text, piece by piece, each as a choice; the last says why the text ended."""
        number, text = index // self.request.n, self.texts[index]
        log_probs = None if self.request.logprobs is None else LogProbs(self._name)
        has_begun = False
        async for tokens in text.read():
            self.written += len(tokens)
            if not has_begun:
                has_begun = True
                for begun in self._echo(number, index, log_probs):
                    yield begun
            for piece in self._cut(tokens):
                shown = None if log_probs is None else log_probs.of(piece)
                yield choice(index, "".join(token.text for token in piece), None, shown)
        if not has_begun:
            for begun in self._echo(number, index, log_probs):
                yield begun
        yield choice(index, "", text.finish, None if log_probs is None else log_probs.of([]))

    def _cut(self, tokens: list[Token]) -> list[list[Token]]:
        """Tokens in the pieces that the client wants them in."""
        options = self.request.stream_options
        return [[token] for token in tokens] if options is not None and options.each_token else [tokens]

    def _echo(self, number: int, index: int, log_probs: LogProbs | None) -> Iterator[dict[str, Any]]:
        """The prompt, where it is to be repeated."""
        if self.request.echo:
            prompt = self.prompts[number]
            unpredicted = prompt.symbols[: len(prompt.symbols) - len(prompt.written)]  # the first of a beginning
            shown = None if log_probs is None else log_probs.of([*unpredicted, *prompt.written])
            yield choice(index, self.beginnings[number], None, shown)

    def _name(self, symbol: int) -> str:
        task = self.run.task
        assert isinstance(task, LanguageModel)
        return task.symbol_text(symbol)

    def answer(self, choices: list[dict[str, Any]], usage: bool = True) -> dict[str, Any]:
        """An answer in the API's form; of a stream, one event."""
        head = {"id": self.id, "object": "text_completion", "created": self.created, "model": self.run.name}
        return head | {"choices": choices} | ({"usage": self.usage()} if usage else {})

    def usage(self) -> dict[str, int]:
        """How many symbols were read and written."""
        read = sum(len(prompt.symbols) for prompt in self.prompts)
        return {"prompt_tokens": read, "completion_tokens": self.written, "total_tokens": read + self.written}


def _require_bounds(request: CompletionRequest, settings: ServeSettings) -> None:
    prompts = request.prompts
    if not prompts:
        raise ApiError(400, "prompt: expected at least one prompt, got none", "prompt")
    texts = len(prompts) * request.n
    if texts > settings.max_texts:
        raise ApiError(400, f"n: expected at most {settings.max_texts} texts a request, got {texts}", "n")
    if texts * request.max_tokens > settings.max_tokens:
        most = f"at most {settings.max_tokens:,} symbols over all texts of a request"
        raise ApiError(400, f"max_tokens: expected {most}, got {texts * request.max_tokens:,}", "max_tokens")


def _read(run: ServedRun, prompt: str | list[int], is_beginning: bool) -> tuple[str, list[int]]:
    """A prompt as a text and as symbols, of which a beginning has at least one."""
    task = run.task
    assert isinstance(task, LanguageModel)
    assert task.tokenizer is not None
    if isinstance(prompt, str) and not is_beginning:
        return prompt, task.encode(prompt, 0, "prompt")[0].tolist()
    if isinstance(prompt, str):
        return prompt, task.encode_prompt(prompt)[0].tolist()
    if not prompt and is_beginning:
        return "", task.encode_prompt("")[0].tolist()
    most = len(task.tokenizer) - 1
    wrong = next((symbol for symbol in prompt if symbol > most), None)
    if wrong is not None:
        raise ApiError(400, f"prompt: expected symbols from 0 to {most}, got {wrong}", "prompt")
    return task.tokenizer.decode(prompt), prompt


def _text(request: CompletionRequest, run: ServedRun, prompt: str, number: int) -> Text:
    task = run.task
    assert isinstance(task, LanguageModel)
    return Text(
        pieces=task.detokenizer(prompt, request.stops),
        draws=CountedDraws.of(request.unsigned_seed, number),
        length=request.max_tokens,
        filters=_filters(request),
        alternatives=request.logprobs,
    )


def _turn_text(request: CompletionRequest, turn: Turn, prompt: str, symbols: list[int]) -> Text:
    return Text(
        pieces=turn.detokenizer(prompt, symbols, request.stops),
        draws=turn.draws,
        length=request.max_tokens,
        filters=_filters(request),
        alternatives=request.logprobs,
        keeps_place=True,
    )


def _filters(request: CompletionRequest) -> Filters:
    return Filters(request.temperature, request.top_k, request.top_p) if request.temperature else _GREEDY
