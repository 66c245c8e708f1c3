"""Clips from what a person names: files, folders, tables, named data sets; or from what a person holds in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from recurra.data.clips import (
    array_set,
    class_folder,
    clip_list,
    groups,
    in_memory,
    json_lines,
    listed_clip,
    reading,
    table,
)
from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.clips import Clips
from recurra.data.clips.frame_source import ENDINGS
from recurra.data.clips.image_size import FrameSize
from recurra.data.files.folder import ending
from recurra.data.sources import named
from recurra.errors import DataError, quote

JOB = "video"


def part_names(data: Any) -> list[str]:
    """The parts that data have: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name.
    """
    return list(listed(data))


def resolve(
    data: Any,
    *,
    frame_rate: float,
    frame_size: FrameSize,
    part: str | None = None,
    signals: Sequence[str] | None = None,
    any_signals: bool = False,
    rates: Mapping[str, float] | None = None,
    group_pattern: str = "",
    skip_bad: bool = False,
    threads: int = 0,
) -> Clips:
    """Find clips and read them.

    Args:
        data: as of `listed`.
        part: which part; None is "train".
        group_pattern: a regular expression with one group that finds the person or the source of a clip in its path,
            such as `person(\\d+)_`. "" leaves it to the data; where these say nothing, copies of one file are a group.
        frame_rate, frame_size, signals, any_signals, rates, skip_bad, threads: see
            `recurra.data.clips.reading.ReadingSettings`.

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    parts = listed(data)
    name = part or "train"
    if name not in parts:
        what = data if isinstance(data, str | Path) else "data"
        raise DataError(f"{what}: expected one of the parts {', '.join(parts)}, got {quote(name)}")
    clips = parts[name]
    if group_pattern:
        clips = replace(clips, groups=groups.groups_by_name(clips.locations, group_pattern))
    settings = reading.ReadingSettings(frame_rate, frame_size, signals, any_signals, rates, skip_bad, threads)
    return reading.read(clips, settings)


def listed(data: Any) -> dict[str, ClipList]:
    """Find clips; no video is read.

    Args:
        data: a folder with a folder for each class; a .csv or .jsonl file that lists clips; one clip, that is a video,
            a strip of images, a folder of images, or an array; an .npz file of many clips and their answers `y`;
            several of all these; the name of a data set; or samples in memory, alone or in a tuple with their answers,
            and with their groups behind these, see `recurra.data.clips.in_memory.clip_list`.

    Returns:
        The parts by name: "train", "valid", "test"; a person's own clips are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    if isinstance(data, ClipList):
        return {"train": data}
    if isinstance(data, tuple) and len(data) in (2, 3) and in_memory.is_in_memory(data[0]):
        return {"train": in_memory.clip_list(*data)}
    if in_memory.is_in_memory(data):
        return {"train": in_memory.clip_list(data)}
    parts: dict[str, ClipList] = named.read_parts(data, JOB, _list, clip_list.join)
    return parts


def _list(path: Path) -> ClipList:
    """List the clips of a file or a folder."""
    kind = ending(path)
    if path.is_dir():
        return class_folder.read(path)
    if kind == ".csv":
        return table.read(path)
    if kind == ".jsonl":
        return json_lines.read(path)
    if kind not in ENDINGS:
        raise DataError(
            f"{path}: expected a folder, a .csv or .jsonl file, or a clip ({', '.join(ENDINGS)}), "
            f"got {path.suffix or 'no extension'!r}"
        )
    if kind == ".npz" and array_set.is_set(path):
        return array_set.read(path)
    clip = listed_clip.ListedClip(str(path), {listed_clip.FILE: str(path)})
    return listed_clip.clip_list([clip], Path(), str(path))
