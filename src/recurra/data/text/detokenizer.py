"""Symbols to text while they are made, ended before a given string."""

from recurra.data.text.tokenizers import Tokenizer


class Detokenizer:
    """Turns the symbols of one text into pieces, and ends it before the stop string.

    prompt: what the text goes on from.
    """

    def __init__(self, tokenizer: Tokenizer, stop: str | None, prompt: str = ""):
        self.decode = tokenizer.decode_stream(prompt)
        self.stop = stop or ""
        self.held = ""  # an end of the text that may be the beginning of the stop string
        self.ended = False

    def push(self, symbol: int | None) -> str:
        """Take the next symbol; give the text that is sure to stand. None stands for the end."""
        if self.ended:
            return ""
        text = self.held + self.decode(symbol)
        if not self.stop:
            return text
        if self.stop in text:
            self.ended, self.held = True, ""
            return text[: text.index(self.stop)]
        overlap = max(n for n in range(len(self.stop)) if n == 0 or text.endswith(self.stop[:n]))
        self.held = text[len(text) - overlap :]
        return text[: len(text) - overlap]

    def close(self) -> str:
        """Give what was held back."""
        text = self.push(None) + self.held
        self.ended, self.held = True, ""
        return text
