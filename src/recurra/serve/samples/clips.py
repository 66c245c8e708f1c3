"""Clips over HTTP: files in base64 in JSON, or one clip as a file."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recurra.data.clips import writing
from recurra.serve.errors import ApiError
from recurra.serve.samples.kind import Kind
from recurra.serve.samples.request import SampleRequest
from recurra.serve.settings import ServeSettings
from recurra.tasks.clip_gan.task import ClipGAN

_ENDINGS = {"image/gif": ".gif", "image/png": ".png", "video/mp4": ".mp4"}


class ClipsKind(Kind):
    """Clips."""

    field = "clips"
    media_types = tuple(_ENDINGS)

    def given(self, task: ClipGAN, value: str | list[str]) -> Any:
        """Nothing: clips do not go on from others."""
        raise ApiError(400, "given: expected none for a run of clip-gan", "given", "unknown_option")

    def labels(self, task: ClipGAN) -> Sequence[str]:
        """The classes of clips."""
        return task.labels

    def most(self, settings: ServeSettings) -> int:
        """Frames, which take more memory than other steps."""
        return settings.max_made_frames

    def select(self, samples: np.ndarray, positions: Sequence[int]) -> np.ndarray:
        """Some of the clips."""
        chosen: np.ndarray = samples[list(positions)]
        return chosen

    def content(self, task: ClipGAN, samples: np.ndarray, request: SampleRequest) -> Mapping[str, Any]:
        """Of each clip its file in base64, and how many frames it has."""
        media_type = request.clip_type or "image/gif"
        files = [writing.encoded(frames, task.config.frame_rate, _ENDINGS[media_type]) for frames in samples]
        height, width = samples.shape[2:4]
        about = {"media_type": media_type, "rate": task.config.frame_rate, "height": height, "width": width}
        clips = [
            about | {"frames": len(frames), "file": base64.b64encode(file).decode()}
            for frames, file in zip(samples, files, strict=True)
        ]
        return {"clips": clips}

    def encoded(self, task: ClipGAN, samples: np.ndarray, media_type: str) -> bytes:
        """One clip as a file.

        Raises:
            ApiError: 400, there are several.
        """
        if len(samples) != 1:
            raise ApiError(400, f"count: expected 1 for an answer of {media_type}, got {len(samples)}", "count")
        return writing.encoded(samples[0], task.config.frame_rate, _ENDINGS[media_type])
