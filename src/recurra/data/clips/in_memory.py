"""Clips that a person holds in memory: arrays of their samples."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.frame_labels import FrameLabels
from recurra.data.clips.signal_array import SIGNALS, as_signal, kind_of
from recurra.data.containers.rows import is_container, rows
from recurra.errors import DataError, quote

_EXPECTED = "expected clips as arrays, or a dictionary of these by signal"


def clip_list(clips: Any, answers: Any = None, groups: Any = None) -> ClipList:
    """List clips that are in memory.

    Args:
        clips: samples of each clip, a container of arrays (T, ...) or one array (N, T, ...); or, where there are
            several signals, a dictionary of such by name, with None where a clip lacks one. Samples are in the form of
            `recurra.data.clips.signal_array.as_signal`; what they are samples of is seen from their form where it is
            not said.
        answers: of each clip a label; a list of labels; or an array of labels (T,), one for each sample.
        groups: the person or source of each clip.

    Raises:
        DataError: they are of another form, or of different numbers.
    """
    by_signal = clips if isinstance(clips, Mapping) else {"": clips}
    unknown = [name for name in by_signal if name and name not in SIGNALS]
    if unknown:
        raise DataError(f"clips: expected the signals {', '.join(SIGNALS)}, got {quote(unknown[0])}")
    sources: dict[str, list[Any]] = {}
    for name, content in by_signal.items():
        arrays = _arrays(content)
        signal = name or _kind(arrays)
        sources[signal] = [
            None if array is None else as_signal(array, signal, f"clip {i}") for i, array in enumerate(arrays, 1)
        ]
    counts = {name: len(arrays) for name, arrays in sources.items()}
    if len(set(counts.values())) != 1:
        raise DataError(f"clips: expected as many of each signal, got {counts}")
    count = next(iter(counts.values()))
    locations = [f"clip {i + 1}" for i in range(count)]
    return ClipList(sources, locations, _answers(answers, count), _groups(groups, count))


def is_in_memory(data: Any) -> bool:
    """Whether this holds samples rather than names of files."""
    if isinstance(data, Mapping):
        return True
    if not is_container(data):
        return False
    content = rows(data)
    return isinstance(content, np.ndarray) or any(is_container(clip) for clip in content[:1])


def _arrays(content: Any) -> list[Any]:
    """The samples of each clip, None where there are none."""
    if not is_container(content):
        raise DataError(f"{_EXPECTED}, got {quote(content)}")
    return [None if clip is None else np.asarray(rows(clip)) for clip in rows(content)]


def _kind(arrays: list[Any]) -> str:
    first = next((array for array in arrays if array is not None), None)
    kind = None if first is None else kind_of(first.shape, first.dtype)
    if kind is None:
        got = "none" if first is None else f"{first.dtype} of shape {first.shape}"
        raise DataError(f"{_EXPECTED}, got {got}")
    return kind


def _answers(answers: Any, count: int) -> list[Any] | None:
    if answers is None:
        return None
    listed = list(rows(answers))
    _require_count("answers", listed, count)
    return [FrameLabels(tuple(answer.tolist())) if _is_of_samples(answer) else answer for answer in listed]


def _is_of_samples(answer: Any) -> bool:
    return isinstance(answer, np.ndarray) and answer.ndim == 1


def _groups(groups: Any, count: int) -> list[str] | None:
    if groups is None:
        return None
    listed = [str(group) for group in rows(groups)]
    _require_count("groups", listed, count)
    return listed


def _require_count(name: str, values: list[Any], count: int) -> None:
    if len(values) != count:
        raise DataError(f"{name}: expected one for each of {count} clips, got {len(values)}")
