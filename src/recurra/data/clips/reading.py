"""Listed clips read: videos decoded to frames at a rate and of a size, all other signals as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.clips import array_file, content
from recurra.data.clips.array_samples import ArraySamples
from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.clips import Clips
from recurra.data.clips.frame_labels import FrameLabels, Spans
from recurra.data.clips.image_size import FrameSize
from recurra.data.clips.lazy_samples import ConvertedSamples
from recurra.data.clips.store import Sampling, VideoStore
from recurra.data.files.fingerprint import fingerprint
from recurra.data.files.folder import ending
from recurra.errors import DataError, quote

Errors = list[DataError | None]  # of each clip what is wrong with it


@dataclass(frozen=True)
class ReadingSettings:
    """How clips are read.

    Attributes:
        frame_rate: frames a second that are taken of videos.
        frame_size: height and width that these are brought to, or the side of a square.
        signals: which are read; None reads all.
        any_signals: whether of these some may be in no clip, as long as another is.
        rates: samples a second of signals, where the clips do not say; of "video", frames a second of what has no time
            stamps, such as folders of images. By default the frame rate.
        skip_bad: whether clips that cannot be read are passed over and counted; else the first is an error.
        threads: that decode; 0 takes as many as there are processors.
    """

    frame_rate: float
    frame_size: FrameSize
    signals: Sequence[str] | None = None
    any_signals: bool = False
    rates: Mapping[str, float] | None = None
    skip_bad: bool = False
    threads: int = 0


def read(clips: ClipList, settings: ReadingSettings) -> Clips:
    """Read listed clips; videos are decoded now, into the cache.

    Raises:
        DataError: a signal is in no clip; a clip cannot be read, or has none of the signals, unless bad ones are to be
            skipped; or all are bad.
    """
    known_rates = {**(settings.rates or {}), **clips.rates}
    samples: dict[str, Any] = {}
    rates = dict[str, float]()
    errors: Errors = [None] * len(clips)
    for name in _chosen(clips, settings):
        rates[name] = known_rates.get(name, settings.frame_rate)
        samples[name], of_signal = _signal(clips, name, rates[name], settings)
        errors = [error or other for error, other in zip(errors, of_signal, strict=True)]
        if name == "video":
            rates[name] = settings.frame_rate
    errors = _with_empty(clips, samples, errors)
    good = _good(errors, settings.skip_bad)
    skipped = tuple(str(error) for error in errors if error is not None)
    checksums = _checksums(clips, samples, errors)
    groups = clips.groups or checksums  # copies of one file are a group where nothing else is known
    everything = Clips(samples, rates, None, groups, clips.locations.__getitem__, checksums)
    chosen = everything.select(good) if skipped else everything
    return replace(chosen, answers=_answers(clips, samples, rates, good), skipped=skipped)


def _chosen(clips: ClipList, settings: ReadingSettings) -> list[str]:
    """The signals to read."""
    if settings.signals is None:
        return list(clips.sources)
    there = [name for name in settings.signals if name in clips.sources]
    if not there or (len(there) < len(settings.signals) and not settings.any_signals):
        missing = next(name for name in settings.signals if name not in clips.sources)
        raise DataError(f"signals: expected some of {', '.join(clips.sources)}, got {quote(missing)}")
    return there


def _signal(clips: ClipList, name: str, rate: float, settings: ReadingSettings) -> tuple[Any, Errors]:
    """The samples of a signal of all clips, and of each clip what is wrong with it."""
    sources = clips.sources[name]
    if name == "video" or (name == "depth" and any(_is_video(source) for source in sources)):
        store = VideoStore(sources, Sampling(settings.frame_rate, settings.frame_size, rate), settings.threads)
        errors = store.prepare(settings.skip_bad)
        return (store if name == "video" else ConvertedSamples(store, _gray)), errors
    samples = ArraySamples(sources, name, clips.locations)
    return samples, samples.errors()


def _is_video(source: Any) -> bool:
    return isinstance(source, Path) and ending(source) not in array_file.ENDINGS


def _gray(images: np.ndarray) -> np.ndarray:
    """One channel of gray images, (T, H, W, 1)."""
    return images[..., :1]


def _with_empty(clips: ClipList, samples: dict[str, Any], errors: Errors) -> Errors:
    """The errors, with those of clips that have none of the signals."""
    errors = list(errors)
    for i, location in enumerate(clips.locations):
        has_signal = any(clips.sources[name][i] is not None for name in samples)
        if errors[i] is None and not has_signal:
            errors[i] = DataError(f"{location}: expected {' or '.join(samples)}, got none")
    return errors


def _good(errors: Errors, skip_bad: bool) -> list[int]:
    """The positions of the clips that can be read."""
    bad = [error for error in errors if error is not None]
    if bad and (not skip_bad or len(bad) == len(errors)):
        raise bad[0]
    return [i for i, error in enumerate(errors) if error is None]


def _checksums(clips: ClipList, samples: dict[str, Any], errors: Errors) -> list[str]:
    """A hash of what the samples of each clip are made of, and how."""
    checksums = []
    for i, error in enumerate(errors):
        keys = [_key(clips.sources[name][i], signal, i) for name, signal in samples.items() if error is None]
        checksums.append(keys[0] if len(keys) == 1 else fingerprint(keys))
    return checksums


def _key(source: Any, samples: Any, index: int) -> str:
    if source is None:
        return ""
    store = _store(samples)
    return content.checksum(source) if store is None else store.key(index)


def _store(samples: Any) -> VideoStore | None:
    """The store that the samples of a signal lie in; None where they are arrays."""
    inner = samples.samples if isinstance(samples, ConvertedSamples) else samples
    return inner if isinstance(inner, VideoStore) else None


def _answers(clips: ClipList, samples: dict[str, Any], rates: dict[str, float], good: list[int]) -> list[Any] | None:
    """The answers of the clips that can be read; those of moments become one a sample of the first signal."""
    if clips.answers is None:
        return None
    name = next(iter(samples))
    answers = []
    for i in good:
        answer = clips.answers[i]
        if isinstance(answer, Spans | FrameLabels):
            answer = answer.at_samples(_sources(samples[name], i), rates[name], clips.locations[i])
        answers.append(answer)
    return answers


def _sources(samples: Any, index: int) -> np.ndarray:
    """Which frame of its source each sample of a clip is, (T,)."""
    store = _store(samples)
    return np.arange(len(samples[index])) if store is None else store.stored(index).sources
