"""What is to be made of a file, as the server tells it to a process that decodes."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

MEBIBYTE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be made of a file.

    kind: "sound", log-mel features (T, 40) float32; "video", frames (T, H, W, 3) uint8; "series", the numbers
    of all series of a table in CSV, one after the other, (T, I) float64. seconds: that sound and video may last.
    frame_rate, frame_size, pixels: of a video, what frames are taken a second, their height and width, and how many
    pixels a frame of the file may have. names, columns: of a table, those that a person has named and those of the
    training, fields of `ColumnNames` and `TableColumns`. processor_seconds: that decoding may take.
    """

    kind: Literal["sound", "video", "series"]
    seconds: float
    processor_seconds: float
    frame_rate: float = 0.0
    frame_size: tuple[int, int] = (0, 0)
    pixels: int = 0
    names: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, Any] | None = None

    def to_bytes(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """As it has come."""
        fields = json.loads(content)
        return cls(**fields | {"frame_size": tuple(fields["frame_size"])})
