"""One clip as a table lists it, or one span of a clip, and lists of clips made of these."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recurra.data.clips import array_file, frame_source
from recurra.data.clips.clip_list import ClipList, Source
from recurra.data.clips.frame_labels import FrameLabels, Span, Spans, spans_of
from recurra.data.clips.signal_array import SIGNALS
from recurra.data.files.folder import ending
from recurra.errors import DataError, quote

FILE = "file"  # what tables call a file that may be of any signal


@dataclass(frozen=True)
class ListedClip:
    """One clip as a table lists it, or one span of a clip.

    where: file and line. files: by signal, or `FILE`, as they are written there.
    answer: a label, a list of labels, a `Span`, `Spans` or `FrameLabels`; None where there is none.
    group: the person or source; None where nothing is said.
    """

    where: str
    files: Mapping[str, str]
    answer: Any = None
    group: str | None = None


def clip_list(listed: Iterable[ListedClip], folder: Path, table: str) -> ClipList:
    """Make a list of clips of what a table lists.

    Args:
        listed: the clips, in order; the spans of one clip may stand anywhere.
        folder: that paths are relative to.
        table: what an error calls the table.

    Raises:
        DataError: a file is not there, is listed twice, or some clips have answers or groups and others none.
    """
    clips = _with_joined_spans(listed)
    if not clips:
        raise DataError(f"{table}: expected at least one clip, got none")
    for name in ("answer", "group"):
        _require_all_or_none(clips, name)
    by_clip = [sources_of(clip.files, folder, clip.where) for clip in clips]
    signals = [name for name in SIGNALS if any(name in sources for sources in by_clip)]
    return ClipList(
        sources={name: [sources.get(name) for sources in by_clip] for name in signals},
        locations=[_name(clip, folder) for clip in clips],
        answers=None if clips[0].answer is None else [clip.answer for clip in clips],
        groups=None if clips[0].group is None else [str(clip.group) for clip in clips],
    )


def sources_of(files: Mapping[str, str], folder: Path, where: str) -> dict[str, Source]:
    """The source of each signal of a clip.

    Args:
        files: by signal, or `FILE`; as of `ListedClip`.
        folder: that paths are relative to.
        where: what an error calls the clip.

    Raises:
        DataError: a file is not there, or of a kind that is not read.
    """
    sources: dict[str, Source] = {}
    for name, text in files.items():
        path = folder / os.path.expanduser(text)
        if not os.path.exists(path):  # not `path.exists`, which raises where a name is too long
            raise DataError(f"{where}: expected {'a clip' if name == FILE else name}, found nothing at {path}")
        if path.is_file() and ending(path) not in frame_source.ENDINGS:
            kinds = ", ".join(frame_source.ENDINGS)
            raise DataError(f"{where}: expected a file of {kinds}, got {quote(text)}")
        for signal in signals_of(path) if name == FILE else [name]:
            if signal in sources:
                raise DataError(f"{where}: expected {signal} once, got it twice")
            sources[signal] = path
    return sources


def signals_of(path: Path) -> list[str]:
    """Which signals a file or a folder holds: what `array_file.signals_in` finds, else "video"."""
    is_array = path.is_file() and ending(path) in array_file.ENDINGS
    return array_file.signals_in(path) if is_array else ["video"]


def _name(clip: ListedClip, folder: Path) -> str:
    """What an error calls a clip that cannot be read: its file."""
    return str(folder / os.path.expanduser(next(iter(clip.files.values()))))


def _with_joined_spans(listed: Iterable[ListedClip]) -> list[ListedClip]:
    """The clips, each once, with all of its spans."""
    first: dict[tuple[tuple[str, str], ...], ListedClip] = {}
    spans: dict[tuple[tuple[str, str], ...], list[tuple[Span, str]]] = {}
    for clip in listed:
        key = tuple(clip.files.items())
        before = first.setdefault(key, clip)
        if before is not clip and not (isinstance(clip.answer, Span) and isinstance(before.answer, Span)):
            raise DataError(f"{clip.where}: expected each clip once, got the one of {before.where} again")
        if clip.group != before.group:
            raise DataError(
                f"{clip.where}: expected the group {quote(before.group)} as in {before.where}, got {quote(clip.group)}"
            )
        if isinstance(clip.answer, Span):
            spans.setdefault(key, []).append((clip.answer, clip.where))
    return [replace(clip, answer=spans_of(spans[key])) if key in spans else clip for key, clip in first.items()]


def _require_all_or_none(clips: list[ListedClip], name: str) -> None:
    """Refuse clips of which some have an answer, or a group, and others none or one of another kind."""
    first = clips[0]
    for clip in clips:
        kinds = [_kind(getattr(entry, name)) for entry in (first, clip)]
        if kinds[0] != kinds[1]:
            raise DataError(f"{clip.where}: expected {kinds[0]} as in {first.where}, got {kinds[1]}")


def _kind(value: Any) -> str:
    if isinstance(value, Spans | FrameLabels):
        return "labels of moments"
    if isinstance(value, list):
        return "a list of labels"
    return "nothing" if value is None else "one label"
