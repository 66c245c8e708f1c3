"""A turn's symbols to text; what is not finished at its end is left to the next turn."""

from collections import deque
from collections.abc import Sequence

from recurra.data.text.detokenizer import Detokenizer
from recurra.data.text.tokenizers import Tokenizer
from recurra.serve.sessions.state import LAST_SYMBOLS


class TurnDetokenizer(Detokenizer):
    """Turns the symbols of a turn into pieces, which go on from those of the turn before as if there were no seam.

    A character whose bytes are not all there at the end is given by the next turn, whole. A stop string is looked for
    within the turn alone.

    Args:
        tokenizer: of the symbols.
        stops: strings that end the turn.
        prompt: the text so far; its last character is enough.
        symbols: its last ones, `LAST_SYMBOLS` or more.

    Attributes:
        last: the last symbols that were read or written.
        pieces: what was given.
    """

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str], prompt: str, symbols: Sequence[int]) -> None:
        self.last = deque(symbols, LAST_SYMBOLS)
        self.pieces: list[str] = []
        super().__init__(tokenizer, stops, prompt, list(self.last))

    def push(self, symbol: int | None) -> str:
        """Take the next symbol; give the text that is sure to stand. None, the end, finishes nothing."""
        if symbol is None:
            return ""
        piece = super().push(symbol)
        self.last.append(symbol)
        self.pieces.append(piece)
        return piece

    def close(self) -> str:
        """Give what was held back, since it might have been the beginning of a stop string."""
        piece = super().close()
        self.pieces.append(piece)
        return piece

    @property
    def text(self) -> str:
        """All pieces."""
        return "".join(self.pieces)
