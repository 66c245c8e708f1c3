"""How runs answer decoded files: what each job makes of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recurra.data.clips.clips import Clips
from recurra.kernels.batch_invariance import batch_invariant
from recurra.serve.errors import ApiError
from recurra.serve.files.decoder import Decoded
from recurra.serve.files.order import Order
from recurra.serve.runs import ServedRun
from recurra.serve.server import Server
from recurra.serve.settings import ServeSettings
from recurra.tasks.classification.task import SequenceEstimator
from recurra.tasks.video.task import VideoClassifier
from recurra.training.task import Task

_BEGINNINGS = 20  # of a sound, where a client does not say


def order_of(run: ServedRun, settings: ServeSettings) -> Order:
    """What a run wants to be made of a file.

    Raises:
        ApiError: 400, it reads no files.
    """
    bounds: dict[str, Any] = {"seconds": settings.max_file_seconds, "processor_seconds": settings.decoding_seconds}
    task = run.task
    if isinstance(task, VideoClassifier) and "video" in task.signals_:
        height, width, _ = task.signals_["video"].shape
        pixels = settings.max_frame_pixels
        return Order(
            kind="video", frame_rate=task.config.frame_rate, frame_size=(height, width), pixels=pixels, **bounds
        )
    if isinstance(task, SequenceEstimator) and task.sampling_rate_ is not None:
        return Order(kind="sound", **bounds)
    message = f"model {run.name}: expected one that has learnt from files of sound or video, got a {run.job}"
    raise ApiError(400, message, "model", "reads_no_files")


def options_of(run: ServedRun, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What a run is asked about a file, of what a client has chosen and has not.

    Raises:
        ApiError: 400, its job has no such option.
    """
    defaults = _defaults(run.task)
    for name, value in chosen.items():
        if value is not None and name not in defaults:
            known = ", ".join(defaults) or "none"
            raise ApiError(400, f"{name}: expected one of the options {known}, got another", name, "unknown_option")
    return {name: value if (value := chosen.get(name)) is not None else defaults[name] for name in defaults}


def _defaults(task: Task[Any, Any]) -> dict[str, Any]:
    if isinstance(task, VideoClassifier):
        return {"per_frame": task.answers_while_watching}
    return {} if isinstance(task, SequenceEstimator) and task.per_step else {"beginnings": _BEGINNINGS}


async def answer(server: Server, run: ServedRun, decoded: Decoded, options: dict[str, Any]) -> Any:
    """Answer a decoded file by a run; stop when cancelled.

    Raises:
        ApiError: 400, it is not of the sampling rate of the training.
    """
    batcher = server.batchers.of(run)
    if isinstance(run.task, VideoClassifier):
        [answer] = await batcher.ask(describe_frames, [decoded.samples], options)
        return answer
    assert isinstance(run.task, SequenceEstimator)
    rate, got = run.task.sampling_rate_, decoded.sampling_rate
    if rate != got:
        message = f"file: expected a sampling rate of {rate:,} Hz, as in training, got {got:,}"
        raise ApiError(400, message, "file", "wrong_sampling_rate")
    [answer] = await batcher.describe([decoded.samples], options)
    return answer


def describe_frames(task: Task[Any, Any], videos: Sequence[np.ndarray], **options: Any) -> list[dict[str, Any]]:
    """Answer videos whose frames are of the rate and the size of the training, (T, H, W, 3) uint8 each."""
    assert isinstance(task, VideoClassifier)
    clips = Clips({"video": videos}, {"video": task.config.frame_rate}, None, None, lambda i: "file")
    with batch_invariant():
        return task.describe(clips, **options)
