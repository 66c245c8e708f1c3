"""How runs answer decoded files: what each job makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from recurra.data.clips.clips import Clips
from recurra.data.sequences.examples import Examples
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
    if isinstance(task, SequenceEstimator) and task.tokenizer_ is None:
        columns = None if task.columns_ is None else asdict(task.columns_)
        return Order(kind="series", names=asdict(task.config.column_names), columns=columns, **bounds)
    message = f"model {run.name}: expected one that has learnt from sound, videos or series, got a {run.job}"
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
    if isinstance(task, SequenceEstimator) and task.per_step:
        return {}
    return {"beginnings": 0 if getattr(task, "sampling_rate_", None) is None else _BEGINNINGS}


async def answers(server: Server, run: ServedRun, decoded: Decoded, options: dict[str, Any]) -> list[Any]:
    """Answer a decoded file by a run, of a table each series; stop when cancelled.

    Raises:
        ApiError: 400, it is not of the sampling rate of the training, or has other series than can be answered.
    """
    batcher = server.batchers.of(run)
    if isinstance(run.task, VideoClassifier):
        return await batcher.ask(describe_frames, [decoded.samples], options)
    assert isinstance(run.task, SequenceEstimator)
    if decoded.lengths:
        return await batcher.ask(describe_series, _series(run.task, decoded, server.settings), options)
    rate, got = run.task.sampling_rate_, decoded.sampling_rate
    if rate != got:
        message = f"file: expected a sampling rate of {rate:,} Hz, as in training, got {got:,}"
        raise ApiError(400, message, "file", "wrong_sampling_rate")
    return await batcher.describe([decoded.samples], options)


def _series(task: SequenceEstimator[Any], decoded: Decoded, settings: ServeSettings) -> list[np.ndarray]:
    """The series of a table, (T, I) each.

    Raises:
        ApiError: 400, they are too many or too long, or have gaps, which the training had none of.
    """
    numbers = decoded.samples
    for what, most, got in (
        ("series", settings.max_inputs, len(decoded.lengths)),
        ("numbers", settings.max_input_symbols, numbers.size),
    ):
        if got > most:
            raise ApiError(400, f"file: expected at most {most:,} {what}, got {got:,}", "file", "too_long")
    is_wrong = np.isinf(numbers) if task.shape_["marked"] else ~np.isfinite(numbers)
    if is_wrong.any():
        message = "file: expected a finite number in each cell, as in training, got one without"
        raise ApiError(400, message, "file", "invalid_value")
    return np.split(numbers, np.cumsum(decoded.lengths[:-1]))


def describe_series(task: Task[Any, Any], series: Sequence[np.ndarray], **options: Any) -> list[dict[str, Any]]:
    """Answer series whose numbers are in the order of the training's columns, (T, I) each."""
    assert isinstance(task, SequenceEstimator)
    with batch_invariant():
        return task.describe(Examples(list(series)), **options)


def describe_frames(task: Task[Any, Any], videos: Sequence[np.ndarray], **options: Any) -> list[dict[str, Any]]:
    """Answer videos whose frames are of the rate and the size of the training, (T, H, W, 3) uint8 each."""
    assert isinstance(task, VideoClassifier)
    clips = Clips({"video": videos}, {"video": task.config.frame_rate}, None, None, lambda i: "file")
    with batch_invariant():
        return task.describe(clips, **options)
