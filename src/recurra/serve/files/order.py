"""What is to be made of a file, as the server tells it to a process that decodes."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, Self

MEBIBYTE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be made of a file.

    kind: "sound", log-mel features (T, 40) float32; "video", frames (T, H, W, 3) uint8. seconds: that it may last.
    frame_rate, frame_size, pixels: of a video, what frames are taken a second, their height and width, and how many
    pixels a frame of the file may have. processor_seconds: that decoding may take.
    """

    kind: Literal["sound", "video"]
    seconds: float
    processor_seconds: float
    frame_rate: float = 0.0
    frame_size: tuple[int, int] = (0, 0)
    pixels: int = 0

    def to_bytes(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """As it has come."""
        fields = json.loads(content)
        return cls(**fields | {"frame_size": tuple(fields["frame_size"])})
