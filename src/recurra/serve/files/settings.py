"""What a person chooses of the decoding of files; `ServeSettings` takes it in."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from recurra.serve.protection.settings import Bytes, Limit
from recurra.settings.bounds import Count

Decoders = Annotated[int, Interval(ge=1, le=256)]


@dataclass(kw_only=True)
class FileSettings:
    """Files of sound and video."""

    decoders: Decoders = 2
    """Processes that decode files; each decodes one at a time, and more files wait."""
    decoding_seconds: Limit = 30.0
    """Time, of the clock and of the processor, that a file may take to be decoded."""
    decoding_bytes: Bytes = 1 << 30
    """Memory that decoding a file may take, beyond that of a process which has begun; what is made of it may take as
    much again in the server."""
    max_file_seconds: Limit = 600.0
    """Length of a sound or a video."""
    max_frame_pixels: Count = 1 << 25
    """Pixels of a frame of a video, as its file has it."""
