"""What turns lines into symbols and back: a tokenizer or an oracle's numbers, the end of a line, and its class."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from recurra.data.files import atomic
from recurra.data.files.regular_file import read_json
from recurra.data.text import oracle
from recurra.data.text.lines import Lines
from recurra.data.text.tokenizers import Tokenizer
from recurra.errors import DataError
from recurra.tasks.text_gan.config import TextGANConfig

_LIMIT = 16 << 20  # bytes of the file
_ENTRIES = {"labels": list, "steps": int, "has_tokenizer": bool}


@dataclass(frozen=True)
class LineSymbols:
    """The symbols of a generator.

    They are numbered: those of the tokenizer or the oracle; then the end of a line, where lines end; then the
    beginning of a line, one for each class.

    Attributes:
        tokenizer: None for the lines of an oracle, whose numbers are symbols, and all of one length.
        labels: the classes; empty where lines have none.
        steps: symbols of the longest line that was learnt from, its end included.
    """

    tokenizer: Tokenizer | None
    labels: tuple[str, ...]
    steps: int

    @classmethod
    def learn(cls, lines: Lines, config: TextGANConfig) -> Self:
        """Collect the symbols and classes of lines.

        Raises:
            DataError: there are none.
        """
        labels = tuple(sorted(set(lines.labels))) if lines.labels is not None else ()
        if lines.oracle is not None:
            return cls(None, labels, oracle.LENGTH)
        tokenizer = Tokenizer.learn(config.tokenizer, [f"{text}\n" for text in lines.texts], config.vocabulary_size)
        return cls(tokenizer, labels, config.max_length + 1)

    @property
    def end(self) -> int | None:
        """The symbol that ends a line; None where lines do not end."""
        return None if self.tokenizer is None else len(self.tokenizer)

    @property
    def written(self) -> int:
        """How many symbols can be written, V, the end included."""
        return oracle.VOCABULARY if self.tokenizer is None else len(self.tokenizer) + 1

    @property
    def beginnings(self) -> int:
        """How many symbols a line can begin with."""
        return max(1, len(self.labels))

    @property
    def never_written(self) -> tuple[int, ...]:
        """Symbols that no line has: what is unknown, and the line end inside a line."""
        if self.tokenizer is None:
            return ()
        line_end = self.tokenizer.inner.token_to_id("\n")
        return tuple(number for number in (self.tokenizer.unknown, line_end) if number is not None)

    def beginning(self, label: str | None) -> int:
        """The symbol that a line of a class begins with.

        Raises:
            DataError: there is no such class.
        """
        if not self.labels:
            if label is not None:
                raise DataError(f"label: expected none, since the lines that were learnt from have none, got {label!r}")
            return self.written
        if label not in self.labels:
            raise DataError(f"label: expected one of {', '.join(self.labels)}, got {label!r}")
        return self.written + self.labels.index(label)

    def begin(self, lines: Lines) -> np.ndarray:
        """The symbol that each line begins with, (N,)."""
        labels = [None] * len(lines) if lines.labels is None else lines.labels
        return np.asarray([self.beginning(label) for label in labels], np.int64)

    def encode(self, texts: Sequence[str] | np.ndarray) -> list[np.ndarray]:
        """Turn lines into symbols, (T,) each, without their ends."""
        if self.tokenizer is None:
            return list(np.asarray(texts))
        return self.tokenizer.encode_all(texts)

    def decode(self, symbols: np.ndarray) -> str:
        """Turn the symbols of a line, without its end, into text; of an oracle into its numbers."""
        if self.tokenizer is None:
            return " ".join(map(str, symbols.tolist()))
        return self.tokenizer.decode(symbols.tolist())

    def save(self, folder: Path) -> None:
        """Write tokenizer.json, where there is a tokenizer, and lines.json."""
        if self.tokenizer is not None:
            self.tokenizer.save(folder / "tokenizer.json")
        content = {"labels": self.labels, "steps": self.steps, "has_tokenizer": self.tokenizer is not None}
        atomic.write_text(folder / "lines.json", json.dumps(content) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            DataError: a file is missing or broken.
        """
        path = folder / "lines.json"
        content = read_json(path, "what lines are", _LIMIT)
        is_whole = isinstance(content, dict) and all(type(content.get(n)) is kind for n, kind in _ENTRIES.items())
        if not is_whole or content["steps"] < 1 or not all(isinstance(label, str) for label in content["labels"]):
            raise DataError(f"{path}: expected what lines are, with {', '.join(_ENTRIES)}, got something else")
        tokenizer = Tokenizer.load(folder / "tokenizer.json") if content["has_tokenizer"] else None
        if tokenizer is None and content["steps"] != oracle.LENGTH:
            raise DataError(f"{path}: expected the {oracle.LENGTH} steps of an oracle's lines, got {content['steps']}")
        return cls(tokenizer, tuple(content["labels"]), content["steps"])
