"""One choice of an answer: a text, its log-probabilities, and why it ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from recurra.serve.writing.text import Token
from recurra.tasks.language_model.writer import Written


@dataclass
class LogProbs:
    """Log-probabilities in the API's form, symbol by symbol.

    Args:
        name: gives the text of a symbol that stands alone.
        offset: characters before the first symbol.
    """

    name: Callable[[int], str]
    offset: int = 0

    def of(self, symbols: Sequence[Token | Written | int]) -> dict[str, Any]:
        """Those of the next symbols; a symbol that nothing predicted, a bare number, has none."""
        tokens: list[str] = []
        log_probs: list[float | None] = []
        likeliest: list[dict[str, float | None] | None] = []
        offsets: list[int] = []
        for symbol in symbols:
            text = self.name(symbol if isinstance(symbol, int) else symbol.symbol)
            tokens.append(text)
            offsets.append(self.offset)
            self.offset += len(text)
            if isinstance(symbol, int):
                log_probs.append(None)
                likeliest.append(None)
            else:
                log_probs.append(symbol.log_prob)
                named: dict[str, float | None] = {}
                for number, log_prob in symbol.alternatives:
                    named[self.name(number)] = log_prob
                likeliest.append(named | {text: symbol.log_prob})
        return {"tokens": tokens, "token_logprobs": log_probs, "top_logprobs": likeliest, "text_offset": offsets}


def joined(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Log-probabilities of pieces of a text, as those of the whole."""
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def choice(index: int, text: str, finish_reason: str | None, log_probs: dict[str, Any] | None) -> dict[str, Any]:
    """A choice in the API's form."""
    return {"index": index, "text": text, "logprobs": log_probs, "finish_reason": finish_reason}
