"""All that a text needs to go on exactly, as bytes of the safetensors format.

The last bytes are room for a signature (`recurra.serve.sessions.state_file`): a tensor of that name, zeros until then.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from recurra.data.files import tensor_file
from recurra.errors import DataError
from recurra.nn.counted_draws import CountedDraws
from recurra.tasks.language_model.writer import Place

SIGNATURE_SIZE = 32
"""Bytes at the end."""
LAST_CHARACTERS = 200
"""Characters of a text that its state keeps, to show where it stands."""
LAST_SYMBOLS = 3
"""Symbols that a state keeps: as many as an unfinished character may have, a byte each."""

_FORMAT = "recurra state 1"
_WHAT = "the state of a text"


@dataclass(frozen=True)
class TextState:
    """Where a text stands, and what its next symbols depend on.

    Attributes:
        model: the name of the run that has read it.
        model_hash: as of `recurra.serve.runs.ServedRun`.
        place: of the network.
        text: the end of the text, of at most `LAST_CHARACTERS`.
        symbols: its last ones, at most `LAST_SYMBOLS`.
        draws: its random numbers, where a seed was chosen.
    """

    model: str
    model_hash: str
    place: Place
    text: str
    symbols: tuple[int, ...]
    draws: CountedDraws | None = None

    def to_bytes(self) -> bytes:
        """Give it as a file's content that is not signed yet; the same state gives the same bytes."""
        tensors: dict[str, Tensor] = {"signature": torch.zeros(SIGNATURE_SIZE, dtype=torch.uint8)}
        for number, part in enumerate(self.place.state):
            tensors[f"state.{number}"] = part.detach().cpu()
        fields: dict[str, Any] = {
            "model": self.model,
            "hash": self.model_hash,
            "symbol": self.place.symbol,
            "symbols": list(self.symbols),
            "text": self.text,
        }
        if self.draws is not None:
            fields |= {"seed": self.draws.seed, "count": self.draws.count}
        return tensor_file.to_bytes(tensors, {"format": _FORMAT, "fields": json.dumps(fields, ensure_ascii=False)})

    @classmethod
    def from_bytes(cls, content: bytes, name: str = "state") -> "TextState":
        """Read what `to_bytes` gave.

        Args:
            content: the bytes.
            name: where they stand, for errors.

        Raises:
            DataError: they are something else, or another version's.
        """
        tensors, header = tensor_file.from_bytes(content, name, _WHAT)
        if header.metadata.get("format") != _FORMAT:
            got = header.metadata.get("format", "a file of another kind")
            raise DataError(f"{name}: expected {_FORMAT!r}, got {got[:40]!r}")
        try:
            fields = json.loads(header.metadata["fields"])
            parts = tuple(tensors[f"state.{number}"] for number in range(len(tensors) - 1))
            return cls(
                model=_typed(fields["model"], str),
                model_hash=_typed(fields["hash"], str),
                place=Place(parts, _count(fields["symbol"])),
                text=_typed(fields["text"], str),
                symbols=tuple(map(_count, fields["symbols"])),
                draws=CountedDraws(_count(fields["seed"]), _count(fields["count"])) if "seed" in fields else None,
            )
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise DataError(f"{name}: expected {_WHAT}, got fields that do not fit: {error}") from None


def _typed(value: Any, kind: Callable[..., Any]) -> Any:
    if type(value) is not kind:
        raise ValueError(f"a {type(value).__name__} in place of a {kind.__name__}")
    return value


def _count(value: Any) -> int:
    number: int = _typed(value, int)
    if not 0 <= number < 1 << 64:
        raise ValueError(f"{number} out of bounds")
    return number
