"""What a client may ask of /v1/completions.

Source: the API reference of OpenAI's legacy completions. A field that is not honoured is refused by name.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from recurra.serve.null_defaults import NullDefaults

Symbol = Annotated[StrictInt, Field(ge=0, le=2**31)]
StopText = Annotated[StrictStr, Field(min_length=1, max_length=1000)]
Count = Annotated[StrictInt, Field(ge=0, le=1_000_000_000)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class StreamOptions(BaseModel):
    """How a stream is cut.

    each_token: whether every symbol is an event of its own; else an event holds what has come since the last.
    """

    model_config = ConfigDict(extra="forbid")

    include_usage: StrictBool = False
    each_token: StrictBool = False


class CompletionRequest(NullDefaults):
    """A request; the defaults are those of the API."""

    model: StrictStr
    prompt: StrictStr | list[StrictStr] | list[Symbol] | list[list[Symbol]] = ""
    max_tokens: Count = 16
    temperature: Annotated[Number, Field(ge=0, le=100)] = 1.0
    """0 takes the likeliest symbol always."""
    top_p: Annotated[Number, Field(gt=0, le=1)] = 1.0
    top_k: Count = 0
    n: Annotated[StrictInt, Field(ge=1, le=1000)] = 1
    stop: StopText | Annotated[list[StopText], Field(max_length=16)] | None = None
    seed: Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)] | None = None
    echo: StrictBool = False
    logprobs: Annotated[StrictInt, Field(ge=0, le=100)] | None = None
    stream: StrictBool = False
    stream_options: StreamOptions | None = None
    user: Annotated[StrictStr, Field(max_length=512)] | None = None
    """Noted in the log."""

    session: Annotated[StrictStr, Field(max_length=100)] | None = None
    """The session that the prompt goes on from; the answer tells which of its turns this was."""
    state: StrictStr | None = None
    """A state that the prompt goes on from, as an answer gave it."""
    return_state: StrictBool = False
    """Whether the answer has the state at the end of the text, a signed file in base64."""

    best_of: StrictInt | None = None
    frequency_penalty: Number | None = None
    presence_penalty: Number | None = None
    logit_bias: dict[str, float] | None = None
    suffix: StrictStr | None = None

    @model_validator(mode="after")
    def _refuse_what_is_not_honoured(self) -> Self:
        if self.best_of not in (None, self.n):
            raise ValueError("best_of: expected the same as n, or none; the best of more is not chosen here")
        for name in ("frequency_penalty", "presence_penalty"):
            if getattr(self, name):
                raise ValueError(f"{name}: expected 0 or none; penalties are not honoured here")
        if self.logit_bias:
            raise ValueError("logit_bias: expected none; biases are not honoured here")
        if self.suffix:
            raise ValueError("suffix: expected none; a text that goes on before an end is not written here")
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options: expected none, since stream is false")
        if self.session is not None and self.state is not None:
            raise ValueError("state: expected none, since the session has one")
        if self.has_state and (self.n, len(self.prompts)) != (1, 1):
            raise ValueError("n: expected 1, and one prompt, since a state is of one text")
        return self

    @property
    def has_state(self) -> bool:
        """Whether the text goes on from a state, or leaves one."""
        return self.session is not None or self.state is not None or self.return_state

    @property
    def unsigned_seed(self) -> int | None:
        """The seed from 0 to 2^64 - 1."""
        return None if self.seed is None else self.seed % 2**64

    @property
    def stops(self) -> list[str]:
        """The strings that end a text."""
        if self.stop is None:
            return []
        return [self.stop] if isinstance(self.stop, str) else self.stop

    @property
    def prompts(self) -> list[str | list[int]]:
        """The prompts, each a text or symbols."""
        prompt: Any = self.prompt
        if isinstance(prompt, str) or (prompt and isinstance(prompt[0], int)):
            return [prompt]
        return list(prompt)


FinishReason = Literal["stop", "length"]
