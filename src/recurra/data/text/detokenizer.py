"""Symbols to text while they are made, ended before any of some strings."""

from collections.abc import Sequence

from recurra.data.text.tokenizers import Tokenizer


class Detokenizer:
    """Turns the symbols of one text into pieces, and ends it before the first of the stop strings.

    Args:
        tokenizer: of the symbols.
        stops: strings that end the text, none of them empty.
        prompt: what the text goes on from.
        symbols: the last of the prompt, as of `Tokenizer.decode_stream`.

    Attributes:
        cut: what the symbols stand for beyond the end of the text: the stop string, and what came with its last symbol.
    """

    def __init__(
        self, tokenizer: Tokenizer, stops: Sequence[str] = (), prompt: str = "", symbols: Sequence[int] = ()
    ) -> None:
        self.decode = tokenizer.decode_stream(prompt, symbols)
        self.stops = stops
        self.cut = ""
        self.held = ""  # an end of the text that may be the beginning of a stop string
        self.ended = False

    def push(self, symbol: int | None) -> str:
        """Take the next symbol; give the text that is sure to stand. None stands for the end."""
        if self.ended:
            return ""
        text = self.held + self.decode(symbol)
        if not self.stops:
            return text
        stop_positions = [text.index(stop) for stop in self.stops if stop in text]
        if stop_positions:
            end = min(stop_positions)
            self.ended, self.held, self.cut = True, "", text[end:]
            return text[:end]
        overlap = max(_overlap(text, stop) for stop in self.stops)
        self.held = text[len(text) - overlap :]
        return text[: len(text) - overlap]

    def close(self) -> str:
        """Give what was held back."""
        text = self.push(None) + self.held
        self.ended, self.held = True, ""
        return text


def _overlap(text: str, stop: str) -> int:
    """How long an end of the text is the beginning of a stop string, at most."""
    return max(n for n in range(len(stop)) if n == 0 or text.endswith(stop[:n]))
