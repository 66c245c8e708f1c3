"""What tasks answer, for the description of the API."""

from typing import Literal

from pydantic import BaseModel


class Label(BaseModel):
    """Of classification: a label and its probability."""

    label: str
    score: float


class Words(BaseModel):
    """Of token classification: a word with its label, `entity`, or words that belong together, `entity_group`.

    start, end: of the word in the input, in characters; the end is exclusive.
    """

    score: float
    word: str
    start: int
    end: int
    entity: str | None = None
    entity_group: str | None = None


class Translation(BaseModel):
    """Of translation."""

    translation_text: str


class Token(BaseModel):
    """A symbol that was written, by its number, and its log-probability in nats."""

    id: int
    text: str
    logprob: float
    special: bool


class Details(BaseModel):
    """How a text was written. prefill: nothing; what is known of a prompt is not told here."""

    finish_reason: Literal["length", "eos_token", "stop_sequence"]
    generated_tokens: int
    seed: int | None
    prefill: list[Token]
    tokens: list[Token]


class GeneratedText(BaseModel):
    """Of text generation."""

    generated_text: str
    details: Details | None = None


Answer = list[Label] | list[list[Label]] | list[Words] | list[list[Words]] | list[Translation] | list[GeneratedText]
