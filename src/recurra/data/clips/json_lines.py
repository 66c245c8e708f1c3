"""Clips listed in JSON lines: an object a clip."""

from pathlib import Path
from typing import Any

from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.frame_labels import FrameLabels, Span, spans_of
from recurra.data.clips.listed_clip import FILE, ListedClip, clip_list
from recurra.data.clips.signal_array import SIGNALS
from recurra.data.files.json_objects import load_object
from recurra.data.files.lines import numbered_lines
from recurra.errors import DataError, quote

_LARGEST = (1 << 63) - 1
_ANSWERS = ("label", "labels", "frame_labels", "spans")


def read(path: Path) -> ClipList:
    """Read a file of JSON objects, each with `file`, or a path for each signal (`video`, `depth`, ...).

    Paths are relative to the file. Answers are `label`, a text or a number; `labels`, a list of several;
    `frame_labels`, a list with one for each frame; or `spans`, a list of {"start": seconds, "end": seconds, "label":
    ...}. `group` says which clips must not be divided among parts.

    Raises:
        DataError: a line is not as expected; names file and line.
    """
    listed = [_clip(load_object(line, f"{path}:{n}"), f"{path}:{n}") for n, line in numbered_lines(path)]
    return clip_list(listed, path.parent, str(path))


def _clip(content: dict[str, Any], where: str) -> ListedClip:
    files = {name: content[name] for name in (FILE, *SIGNALS) if content.get(name) is not None}
    if not files:
        raise DataError(f"{where}: expected {FILE}, or {', '.join(SIGNALS)}, got {quote(', '.join(content))}")
    for name, value in files.items():
        if not isinstance(value, str) or not value:
            raise DataError(f"{where}: {name}: expected a path, got {quote(value)}")
    answers = [name for name in _ANSWERS if content.get(name) is not None]
    if len(answers) > 1:
        raise DataError(f"{where}: expected one of {', '.join(_ANSWERS)}, got {', '.join(answers)}")
    answer = _answer(answers[0], content[answers[0]], where) if answers else None
    group = content.get("group")
    return ListedClip(where, files, answer, None if group is None else str(_label(group, f"{where}: group")))


def _answer(name: str, value: Any, where: str) -> Any:
    if name == "label":
        return _label(value, f"{where}: label")
    if not isinstance(value, list) or not (value or name == "labels"):
        raise DataError(f"{where}: {name}: expected a list, got {quote(value)}")
    if name == "spans":
        return spans_of([(_span(entry, f"{where}: spans"), f"{where}: spans") for entry in value])
    labels = [_label(label, f"{where}: {name}") for label in value]
    return list(dict.fromkeys(labels)) if name == "labels" else FrameLabels(tuple(labels))


def _label(value: Any, where: str) -> Any:
    """A label: a text that says something, or a finite number."""
    if _is_number(value) or (isinstance(value, str) and value.strip()):
        return value
    raise DataError(f"{where}: expected a text or a number, got {quote(value)}")


def _is_number(value: Any) -> bool:
    """Whether this is a number that fits into 64 bits; NaN and infinity do not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _span(entry: Any, where: str) -> Span:
    if not isinstance(entry, dict) or {"start", "end", "label"} - set(entry):
        raise DataError(f"{where}: expected an object with start, end and label, got {quote(entry)}")
    for name in ("start", "end"):
        if not _is_number(entry[name]):
            raise DataError(f"{where}: {name}: expected seconds, got {quote(entry[name])}")
    return Span(float(entry["start"]), float(entry["end"]), _label(entry["label"], where))
