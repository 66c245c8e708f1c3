"""Made clips as JSON holds them: what is asked for, and what comes out."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from recurra.data.clips import writing
from recurra.training.signature import COUNT, NUMBER, TEXT, Signature, object_of

REQUEST = ("length", "seed", "label", "content_seed", "motion_seed")
"""What may be asked for of a clip, as of `ClipGAN.sample`."""


def record(frames: np.ndarray, rate: float) -> dict[str, Any]:
    """Describe a clip, (T, H, W, 3) uint8, of so many frames a second.

    Returns:
        The "gif" in base64, how many "frames" it has, and their "rate" a second.
    """
    file = io.BytesIO()
    writing.write_gif(file, frames, rate)
    return {"gif": base64.b64encode(file.getvalue()).decode(), "frames": len(frames), "rate": rate}


def signature(task: str, labels: Sequence[str]) -> Signature:
    """What goes in and comes out: an object that says what a clip is to be like, all of it optional; and the clip."""
    properties = {name: COUNT for name in REQUEST if name != "label"}
    if labels:
        properties["label"] = TEXT | {"enum": list(labels)}
    answer = object_of({"gif": TEXT | {"contentEncoding": "base64"}, "frames": COUNT, "rate": NUMBER})
    return Signature(task, object_of(properties, optional=tuple(properties)), answer)
