"""What is to be explained, as the server tells it to the process that does it."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, Self

Part = Literal["gradients", "memory", "activations", "attribution"]


@dataclass(frozen=True)
class Order:
    """A run, and what is to be measured of it.

    name: what clients call the run by. path: its folder. model_hash: of its settings and weights. parts: in the order
    of a report. json_file, html_file: to be written.
    """

    name: str
    path: str
    model_hash: str
    parts: tuple[Part, ...]
    json_file: str
    html_file: str

    def to_line(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """As it has come."""
        fields = json.loads(line)
        return cls(**fields | {"parts": tuple(fields["parts"])})
