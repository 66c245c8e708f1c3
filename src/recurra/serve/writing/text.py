"""A text that is asked for: what is known of it before it is written, and where its symbols go."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from recurra.nn.counted_draws import CountedDraws
from recurra.tasks.language_model.writer import Filters, Place, Written

Finish = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True)
class Token:
    """A symbol that was written.

    symbol: its number. log_prob: in nats, None where it was not asked for. alternatives: the likeliest symbols with
    their log-probabilities. text: what it added to the text that is sure to stand; a symbol may wait for those after
    it, as the bytes of a character do.
    """

    symbol: int
    text: str
    log_prob: float | None = None
    alternatives: tuple[tuple[int, float], ...] = ()


class Pieces(Protocol):
    """What turns symbols into pieces of text: `recurra.data.text.detokenizer.Detokenizer`."""

    ended: bool

    def push(self, symbol: int | None) -> str:
        """Take the next symbol; give the text that is sure to stand."""

    def close(self) -> str:
        """Give what was held back."""


@dataclass(eq=False)
class Text:
    """A text to write, and what was written of it.

    Attributes:
        pieces: turns symbols into text, and knows where it ends.
        draws: its random numbers.
        filters: how symbols are chosen.
        length: symbols to write at most.
        alternatives: as of `Row`.
        keeps_place: whether `place` is wanted where it ends.
        tokens: what was written and not yet taken; the engine adds at the right, its reader takes at the left.
        finish: why it ended; None before. Set after the last token was added.
        error: what went wrong.
        end: where it stands at its end.
        is_cancelled: whether nobody reads it any more.
        is_begun: whether its reader was told of a first token.
        is_noticed: whether its reader is to be told of what was added.
    """

    pieces: Pieces
    draws: CountedDraws
    length: int
    filters: Filters = field(default_factory=Filters)
    alternatives: int | None = None
    keeps_place: bool = False
    tokens: deque[Token] = field(default_factory=deque)
    finish: Finish | None = None
    error: Exception | None = None
    end: Place | None = None
    is_cancelled: bool = False
    is_begun: bool = False
    is_noticed: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, in the reader's loop, when something was added."""

    def cancel(self) -> None:
        """Let nothing more be written; from the next step on it costs nothing."""
        self.is_cancelled = True

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.finish is not None or self.error is not None

    async def read(self) -> AsyncIterator[list[Token]]:
        """Wait for tokens; give those that have come, until the text is over.

        Raises:
            Exception: the text's `error`.
        """
        while True:
            is_over = self.is_over  # before the tokens are taken: none is added after it
            tokens = [self.tokens.popleft() for _ in range(len(self.tokens))]
            if tokens:
                yield tokens
            if is_over:
                break
            await self.changed.wait()
            self.changed.clear()
        if self.error is not None:
            raise self.error


@dataclass(eq=False)
class Prompt:
    """What texts go on from; it is read once for all of them.

    Attributes:
        symbols: to read; not empty where there is no `place`.
        texts: that go on from it.
        place: where the text before the symbols stands; None at a beginning.
        alternatives: as of `Row`, where it is asked how likely the symbols were.
        written: what is known of the symbols then; complete before the first token of any of the texts.
    """

    symbols: Sequence[int]
    texts: Sequence[Text]
    place: Place | None = None
    alternatives: int | None = None
    written: list[Written] = field(default_factory=list)
    read: int = 0  # symbols

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody reads any of the texts."""
        return all(text.is_cancelled for text in self.texts)
